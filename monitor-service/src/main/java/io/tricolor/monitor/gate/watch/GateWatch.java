package io.tricolor.monitor.gate.watch;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.monitor.gate.domain.GateEvidence;
import io.tricolor.monitor.gate.domain.GateProgress;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.gate.domain.SequentialTest.Assessment;
import io.tricolor.monitor.gate.domain.Traffic;
import io.tricolor.monitor.gate.watch.GateJudgements.Judgement;
import io.tricolor.monitor.health.watch.Lease;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.router.RouterPages;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Judges, round after round, what is asked for, while this instance has the {@link Lease}: reads the counters of all
 * routers, takes the difference to the last reading as one look, keeps the test in the database and says what it says.
 * Nothing is kept here that would be missed: a judgement goes on where it stood after any restart.
 */
@Component
public class GateWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(GateWatch.class);
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

    private static final Gauge GATES = Gauge.build(
                    "tricolor_monitor_gates", "Gates that are judged, by what is said of them")
            .labelNames("verdict")
            .register();
    private static final Counter SCRAPES = Counter.build(
                    "tricolor_monitor_gate_scrapes_total", "Readings of routers' counters, by how they ended")
            .labelNames("outcome")
            .register();
    private static final Counter UNSENT = Counter.build(
                    "tricolor_monitor_gate_observations_unsent_total", "Observations of gates that did not reach Kafka")
            .register();

    private final GateJudgements judgements;
    private final RouterPages routers;
    private final MetricSources sources;
    private final MessagePublisher messages;
    private final InstantSource clock;
    private final Lease lease;
    private final Duration keepLooks;
    private final Loop loop;

    /** What was said last of each, so that it is not said too often. */
    private final Map<Identity, Said> said = new ConcurrentHashMap<>();

    private record Identity(
            String groupId, String upgradeId, int step, String stage, String gate, long epoch, long fence) {

        static Identity of(JudgeGate c) {
            return new Identity(
                    c.groupId(), c.upgradeId(), c.step(), c.stage(), c.gate().name(), c.epoch(), c.fence());
        }
    }

    private record Said(Verdict verdict, Instant at) {}

    /**
     * What the routers show.
     *
     * @param pages by router
     * @param unread routers that could not be read, with the reason
     * @param known whether it is known which routers there are
     */
    private record Reading(Map<String, RouterCounters> pages, List<String> unread, boolean known) {}

    /** A page, or why there is none. */
    GateWatch(
            GateJudgements judgements,
            RouterPages routers,
            MetricSources sources,
            MessagePublisher messages,
            MonitorProperties properties,
            InstantSource clock,
            Lease lease,
            ProgressWatch watch) {
        this.judgements = judgements;
        this.routers = routers;
        this.sources = sources;
        this.messages = messages;
        this.clock = clock;
        this.lease = lease;
        this.keepLooks = properties.keepLooks();
        this.loop = Loop.named("gate-watch", this::round)
                .every(properties.interval())
                .build(watch);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    private void round() throws InterruptedException {
        if (!lease.isHeld()) {
            said.clear();
            GATES.clear();
            return;
        }
        int forgotten = judgements.forget(keepLooks);
        if (forgotten > 0) {
            log.info("{} judgements are not asked for any more", forgotten);
        }
        List<Judgement> wanted = judgements.all();
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        if (!wanted.isEmpty()) {
            Reading reading = read(wanted.stream()
                    .map(judgement -> judgement.command().groupId())
                    .collect(Collectors.toSet()));
            for (Judgement judgement : wanted) {
                if (lease.isHeld()) {
                    counts.merge(judge(judgement, reading), 1, Integer::sum);
                }
            }
        }
        said.keySet()
                .retainAll(wanted.stream()
                        .map(judgement -> Identity.of(judgement.command()))
                        .collect(Collectors.toSet()));
        for (Verdict verdict : Verdict.values()) {
            GATES.labels(verdict.name()).set(counts.getOrDefault(verdict, 0));
        }
    }

    /** What comes to a cluster, by what the routers show now; empty when it is not known which routers there are. */
    public Optional<Traffic> traffic(String group, String cluster) throws InterruptedException {
        Reading reading = read(Set.of(group));
        return reading.known()
                ? Optional.of(Traffic.of(group, cluster, reading.pages().values(), clock.instant()))
                : Optional.empty();
    }

    private Verdict judge(Judgement judgement, Reading ofRouters) throws InterruptedException {
        JudgeGate command = judgement.command();
        Reading reading = ofRouters;
        Gate.Source source = command.gate().source();
        if (source != null) {
            MetricSources.Reading read = sources.read(command, source);
            reading = new Reading(read.pages(), read.unread(), true);
        }
        Instant now = clock.instant();
        GateProgress progress = further(judgement, reading, now);
        Assessment assessment = progress.test(command).assess();
        SortedMap<String, String> evidence =
                GateEvidence.of(command, progress, assessment, reading.unread(), reading.known(), now);
        judgements.keep(command, progress, assessment.verdict(), evidence, now);
        judgements.keepLook(command, progress, GateProgress.between(judgement.progress(), progress), now);
        if (assessment.verdict() != judgement.verdict()) {
            log.info(
                    "gate {} of {} {} is {}: {}",
                    command.gate().name(),
                    command.groupId(),
                    command.upgradeId(),
                    assessment.verdict(),
                    evidence);
        }
        say(command, assessment.verdict(), evidence, now);
        return assessment.verdict();
    }

    /** A judgement that another version of the test has begun begins anew. */
    private static GateProgress further(Judgement judgement, Reading reading, Instant now) {
        JudgeGate command = judgement.command();
        GateProgress before = judgement.progress();
        GateProgress begun = before == null ? GateProgress.begun(command, now) : before;
        try {
            return begun.next(command, reading.pages(), now);
        } catch (IllegalArgumentException e) {
            log.warn("gate {} of {} is judged anew: {}", command.gate().name(), command.groupId(), e.getMessage());
            return GateProgress.begun(command, now).next(command, reading.pages(), now);
        }
    }

    private void say(JudgeGate c, Verdict verdict, SortedMap<String, String> evidence, Instant now) {
        Identity identity = Identity.of(c);
        Said before = said.get(identity);
        if (before != null
                && before.verdict() == verdict
                && now.isBefore(before.at().plus(AT_MOST_EVERY))) {
            return;
        }
        said.put(identity, new Said(verdict, now));
        GateObserved observed = new GateObserved(
                c.groupId(),
                c.upgradeId(),
                c.step(),
                c.stage(),
                c.gate().name(),
                c.epoch(),
                c.fence(),
                judgements.nextNumber(),
                verdict,
                evidence,
                now);
        var sent = messages.publish(Topics.MONITOR_OBSERVATIONS, c.groupId(), observed)
                .exceptionally(failure -> {
                    // Said again in the next round.
                    said.remove(identity);
                    UNSENT.inc();
                    return null;
                });
        log.debug("observation {} acknowledged: {}", observed.observation(), sent.isDone());
    }

    private Reading read(Set<String> groups) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RouterPages.Pages read = routers.ask(
                            threads,
                            router -> true,
                            text -> RouterCounters.read(text, groups),
                            outcome -> SCRAPES.labels(outcome).inc())
                    .await();
            return new Reading(read.pages(), read.unread(), read.known());
        }
    }
}
