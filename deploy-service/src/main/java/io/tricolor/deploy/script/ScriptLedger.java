package io.tricolor.deploy.script;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which scripts ran, kept over restarts. Blocking. */
interface ScriptLedger {

    /** How a run stands. */
    enum State {
        /** It runs, or ran in a process of this service that is no more. */
        RUNNING,
        /** It ended with 0. */
        DONE,
        /** It ended otherwise, or took too long. */
        FAILED
    }

    /**
     * A run of a script.
     *
     * @param id rises with each run
     * @param digest of the definition that it ran for
     * @param order of the desired state that it ran for
     * @param current whether it says something of now: it does until the cluster has been stopped
     * @param process id and start of the process, as {@code <pid>@<instant>}; empty: none yet
     * @param exit null: it runs, or was ended
     * @param output the end of what it wrote, without the values of secrets
     */
    record Run(
            long id,
            ServiceKey service,
            Hook hook,
            String revision,
            String digest,
            String order,
            State state,
            boolean current,
            String process,
            @Nullable Integer exit,
            String output,
            Instant startedAt,
            @Nullable Instant endedAt) {}

    /** The newest run of a script that says something of now. */
    Optional<Run> newest(ServiceKey service, Hook hook);

    /** Records that a script is about to run; answers the number of the run. */
    long begin(ServiceKey service, Hook hook, String revision, String digest, String order, Instant at);

    /** Records the process. */
    void runs(long id, String process);

    /** Records the end. */
    void end(long id, State state, @Nullable Integer exit, String output, Instant at);

    /** Takes back a run that did not come to be. */
    void cancel(long id);

    /** What ran at the start and at the end says nothing of now any more. */
    void forget(ServiceKey service);

    /** Runs of a cluster, the newest first. */
    List<Run> of(String group, String cluster, int limit);
}
