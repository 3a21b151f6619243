package io.tricolor.marathon.plan;

import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one health check knows about one instance.
 *
 * @param consecutiveFailures since the last success, without those that the grace period forgives
 */
public record Health(
        boolean alive,
        int consecutiveFailures,
        @Nullable Instant firstSuccess,
        @Nullable Instant lastSuccess,
        @Nullable Instant lastFailure,
        @Nullable String lastFailureCause) {

    /** Before the first check. */
    public static final Health UNKNOWN = new Health(false, 0, null, null, null, null);

    /** The next state, and whether the instance has failed once too often and is to be killed. */
    public record Verdict(Health health, boolean kill) {}

    /** After a check that was passed. */
    public Health succeeded(Instant now) {
        return new Health(true, 0, firstSuccess == null ? now : firstSuccess, now, lastFailure, lastFailureCause);
    }

    /**
     * After a check that was failed. Failures do not count before the first success while the instance is in its grace
     * period.
     */
    public Verdict failed(String cause, Instant now, Instant runningSince, HealthCheck check) {
        boolean forgiven = firstSuccess == null && now.isBefore(runningSince.plus(check.gracePeriod()));
        if (forgiven) {
            return new Verdict(new Health(false, 0, null, null, now, cause), false);
        }
        boolean kill = check.maxConsecutiveFailures() > 0 && consecutiveFailures >= check.maxConsecutiveFailures();
        return new Verdict(new Health(false, consecutiveFailures + 1, firstSuccess, lastSuccess, now, cause), kill);
    }
}
