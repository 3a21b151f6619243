package io.tricolor.deploy.script;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Runs in memory. */
final class MemoryScriptRuns implements ScriptLedger {

    private final List<Run> runs = new ArrayList<>();

    @Override
    public synchronized Optional<Run> newest(ServiceKey service, Hook hook) {
        return runs.stream()
                .filter(run -> run.service().equals(service) && run.hook() == hook && run.current())
                .reduce((a, b) -> b);
    }

    @Override
    public synchronized long begin(
            ServiceKey service, Hook hook, String revision, String digest, String order, Instant at) {
        long id = runs.size() + 1L;
        runs.add(new Run(id, service, hook, revision, digest, order, State.RUNNING, true, "", null, "", at, null));
        return id;
    }

    private synchronized void change(long id, UnaryOperator<Run> change) {
        runs.replaceAll(run -> run.id() == id ? change.apply(run) : run);
    }

    @Override
    public void runs(long id, String process) {
        change(
                id,
                run -> new Run(
                        id,
                        run.service(),
                        run.hook(),
                        run.revision(),
                        run.digest(),
                        run.order(),
                        run.state(),
                        run.current(),
                        process,
                        run.exit(),
                        run.output(),
                        run.startedAt(),
                        null));
    }

    @Override
    public void end(long id, State state, @Nullable Integer exit, String output, Instant at) {
        change(
                id,
                run -> new Run(
                        id,
                        run.service(),
                        run.hook(),
                        run.revision(),
                        run.digest(),
                        run.order(),
                        state,
                        run.current(),
                        run.process(),
                        exit,
                        output,
                        run.startedAt(),
                        at));
    }

    @Override
    public synchronized void cancel(long id) {
        runs.removeIf(run -> run.id() == id);
    }

    @Override
    public synchronized void forget(ServiceKey service) {
        runs.replaceAll(run -> run.service().equals(service) && run.hook() != Hook.MIGRATE
                ? new Run(
                        run.id(),
                        run.service(),
                        run.hook(),
                        run.revision(),
                        run.digest(),
                        run.order(),
                        run.state(),
                        false,
                        run.process(),
                        run.exit(),
                        run.output(),
                        run.startedAt(),
                        run.endedAt())
                : run);
    }

    @Override
    public synchronized List<Run> of(String group, String cluster, int limit) {
        return List.copyOf(runs).reversed();
    }
}
