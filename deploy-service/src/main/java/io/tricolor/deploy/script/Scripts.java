package io.tricolor.deploy.script;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.script.ScriptLedger.Run;
import io.tricolor.deploy.script.ScriptLedger.State;
import io.tricolor.deploy.secret.SecretValues;
import io.tricolor.deploy.secret.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Runs scripts of releases when the reconciler comes to where they belong, each on a thread of its own; whoever
 * asks is never held up. A script that ran is remembered in the database; one during which this service was killed
 * is run again, so scripts have to be repeatable.
 */
@Component
public class Scripts implements Hooks {

    private static final Logger log = LoggerFactory.getLogger(Scripts.class);
    private static final int AT_ONCE = 4;
    private static final int SHOWN = 5;

    private static final Counter RUNS = Counter.build(
                    "tricolor_deploy_scripts_total",
                    "Scripts of releases that ended, by when they run and how they ended")
            .labelNames("hook", "outcome")
            .register();

    private final ScriptProperties properties;
    private final ScriptRepositories repositories;
    private final ScriptLedger ledger;
    private final Secrets secrets;
    private final InstantSource clock;
    private final Executor threads;
    private final ConcurrentMap<String, Boolean> running = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Failure> unread = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Scripts that could not be read lately. */
    private record Failure(String message, Instant retryAt) {}

    @Autowired
    Scripts(
            ScriptProperties properties,
            ScriptRepositories repositories,
            ScriptLedger ledger,
            Secrets secrets,
            InstantSource clock) {
        this(
                properties,
                repositories,
                ledger,
                secrets,
                clock,
                Executors.newFixedThreadPool(
                        AT_ONCE, Thread.ofPlatform().name("script-", 1).daemon().factory()));
    }

    Scripts(
            ScriptProperties properties,
            ScriptRepositories repositories,
            ScriptLedger ledger,
            Secrets secrets,
            InstantSource clock,
            Executor threads) {
        this.properties = properties;
        this.repositories = repositories;
        this.ledger = ledger;
        this.secrets = secrets;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public Outcome of(Call call) {
        ScriptRevision revision =
                ScriptRevision.parse(call.manifest().scriptRevision()).orElse(null);
        if (revision == null) {
            return new Outcome.Done();
        }
        String key = call.service() + "/" + call.hook();
        if (running.containsKey(key)) {
            return new Outcome.Waiting(
                    "script " + call.hook().file() + " of " + call.service().service() + " runs");
        }
        Run last = ledger.newest(call.service(), call.hook())
                .filter(run -> run.digest().equals(call.digest()))
                .orElse(null);
        if (last != null) {
            switch (last.state()) {
                case DONE -> {
                    return new Outcome.Done();
                }
                case FAILED -> {
                    if (last.order().equals(call.order())) {
                        return new Outcome.Failed(failure(last));
                    }
                }
                case RUNNING -> {
                    if (isAlive(last.process())) {
                        return new Outcome.Waiting("script " + call.hook().file() + " of "
                                + call.service().service() + " still runs, begun by another instance");
                    }
                }
            }
        }
        Failure failed = unread.get(key);
        if (failed != null && clock.instant().isBefore(failed.retryAt())) {
            return new Outcome.Unavailable(failed.message());
        }
        running.put(key, true);
        threads.execute(() -> begin(key, call, revision, last));
        return new Outcome.Waiting(
                "script " + call.hook().file() + " of " + call.service().service() + " is begun");
    }

    @Override
    public boolean checks(ServiceManifest manifest) {
        return ScriptRevision.parse(manifest.scriptRevision()).isPresent();
    }

    @Override
    public boolean isDone(ServiceKey service, Hook hook, String digest) {
        return ledger.newest(service, hook)
                .filter(run -> run.digest().equals(digest) && run.state() == State.DONE)
                .isPresent();
    }

    @Override
    public void forget(ServiceKey service, ServiceManifest manifest) {
        if (checks(manifest)) {
            ledger.forget(service);
        }
    }

    private void begin(String key, Call call, ScriptRevision revision, @Nullable Run lost) {
        try {
            if (lost != null && lost.state() == State.RUNNING) {
                ledger.end(lost.id(), State.FAILED, null, "this service was ended while it ran", clock.instant());
            }
            run(call, revision);
            unread.remove(key);
        } catch (ScriptRepositories.Wrong e) {
            long id = ledger.begin(
                    call.service(), call.hook(), revision.toString(), call.digest(), call.order(), clock.instant());
            ledger.end(id, State.FAILED, null, String.valueOf(e.getMessage()), clock.instant());
        } catch (IOException | Secrets.Missing e) {
            log.warn("{}: {}", call.service(), e.toString());
            unread.put(
                    key,
                    new Failure(String.valueOf(e.getMessage()), clock.instant().plus(properties.retry())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the database may be back at the next round
            log.warn("{}: script {} was not carried through: {}", call.service(), call.hook(), e.toString());
        } finally {
            running.remove(key);
            listeners.forEach(Runnable::run);
        }
    }

    private void run(Call call, ScriptRevision revision)
            throws IOException, InterruptedException, ScriptRepositories.Wrong, Secrets.Missing {
        Path scripts = repositories.directory(revision);
        if (!Files.isExecutable(scripts.resolve(call.hook().file()))) {
            if (Files.exists(scripts.resolve(call.hook().file()))) {
                throw new ScriptRepositories.Wrong(
                        "script " + call.hook().file() + " of " + revision + " is not executable");
            }
            // That there is none is recorded too: it is not looked for in every round.
            long none = ledger.begin(
                    call.service(), call.hook(), revision.toString(), call.digest(), call.order(), clock.instant());
            ledger.end(
                    none, State.DONE, null, "there is no script " + call.hook().file(), clock.instant());
            return;
        }
        SecretValues values = secrets.resolve(call.manifest().secretEnv());
        Map<String, String> environment = new TreeMap<>(call.manifest().env());
        values.addTo(environment);
        environment.putAll(call.environment());
        environment.put("TRICOLOR_HOOK", call.hook().file());
        long id = ledger.begin(
                call.service(), call.hook(), revision.toString(), call.digest(), call.order(), clock.instant());
        ScriptProcess.End end;
        try {
            end = ScriptProcess.run(
                    scripts, call.hook(), environment, properties.within(), handle -> ledger.runs(id, name(handle)));
        } catch (IOException e) {
            ledger.cancel(id);
            throw e;
        }
        Integer exit = end.exit();
        boolean isGood = exit != null && exit == 0;
        RUNS.labels(call.hook().file(), isGood ? "done" : exit == null ? "timeout" : "failed")
                .inc();
        log.info("{}: script {} ended with {}", call.service(), call.hook().file(), exit == null ? "a kill" : exit);
        ledger.end(
                id,
                isGood ? State.DONE : State.FAILED,
                exit,
                values.masked(end.output()) + (exit == null ? "\n(ended after " + properties.within() + ")" : ""),
                clock.instant());
    }

    private static String name(ProcessHandle handle) {
        return handle.pid() + "@" + handle.info().startInstant().orElse(Instant.EPOCH);
    }

    private static boolean isAlive(String process) {
        int at = process.indexOf('@');
        return at > 0
                && ProcessHandle.of(Long.parseLong(process.substring(0, at)))
                        .filter(handle -> name(handle).equals(process))
                        .isPresent();
    }

    private static Rejection failure(Run run) {
        String[] lines = run.output().strip().split("\n");
        List<String> last = List.of(lines).subList(Math.max(0, lines.length - SHOWN), lines.length);
        return new Rejection(
                Code.SCRIPT_FAILED,
                "script " + run.hook().file() + " of " + run.service().service()
                        + (run.exit() == null ? " did not end by itself" : " ended with " + run.exit()) + ": "
                        + String.join(" | ", last));
    }

    /** Runs of a cluster, the newest first. */
    List<Run> runs(String group, String cluster, int limit) {
        return ledger.of(group, cluster, limit);
    }
}
