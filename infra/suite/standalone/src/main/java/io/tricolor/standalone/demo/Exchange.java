package io.tricolor.standalone.demo;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request and what came of it.
 *
 * @param userId null: sent without one
 * @param status of the answer; 0 when none came
 * @param cluster that the router says it chose; null when it says none
 * @param appCluster cluster that the application says it runs in; null when it did not answer
 * @param version that the application says it is; null when it did not answer
 * @param failure why there was no answer; null when there was one
 */
public record Exchange(
        Instant sent,
        Duration took,
        String method,
        @Nullable String userId,
        int status,
        @Nullable String cluster,
        @Nullable String appCluster,
        @Nullable String version,
        @Nullable String failure) {

    /** Whether there was no answer, or another one than 200. */
    public boolean failed() {
        return status != 200;
    }

    /** When the answer was there, or the failure. */
    public Instant answered() {
        return sent.plus(took);
    }
}
