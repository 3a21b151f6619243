package io.tricolor.standalone.suite;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the supervisor says about its suite.
 *
 * @param supervisorPid process that watches the others
 * @param startedAt of the supervisor
 */
public record SuiteView(long supervisorPid, int portBase, Instant startedAt, List<PartView> parts) {

    /** Copies the list. */
    public SuiteView {
        parts = List.copyOf(parts);
    }

    /** Whether every process serves or has failed for good. */
    public boolean isSettled() {
        return parts.stream().allMatch(part -> part.state().isSettled());
    }

    /** Whether every process serves. */
    public boolean isReady() {
        return parts.stream().allMatch(part -> part.state() == PartState.READY);
    }

    /**
     * One process.
     *
     * @param pid null while it does not run
     * @param since start of the present state
     * @param startedAt of the process that runs now; null while none does
     * @param readyAfterMillis how long the last start took; null before its end
     * @param restarts how often it ended by itself since the supervisor started
     * @param url where people reach it; null when they do not
     * @param message why it is in this state; null when that is plain
     */
    public record PartView(
            String name,
            PartState state,
            @Nullable Long pid,
            Instant since,
            @Nullable Instant startedAt,
            @Nullable Long readyAfterMillis,
            int restarts,
            int port,
            @Nullable String url,
            @Nullable String message) {}
}
