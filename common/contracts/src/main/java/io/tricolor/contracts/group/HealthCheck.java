package io.tricolor.contracts.group;

import java.time.Duration;

/**
 * HTTP health check of an instance: GET on its first port, 2xx or 3xx is healthy.
 *
 * @param path begins with a slash
 * @param interval between two checks, at least one second, whole seconds
 * @param timeout of one check, whole seconds
 * @param gracePeriod after start, in which failures do not count
 * @param maxConsecutiveFailures after which the orchestrator replaces the instance; 0: never
 */
public record HealthCheck(
        String path, Duration interval, Duration timeout, Duration gracePeriod, int maxConsecutiveFailures) {

    /** {@code /health} every second, five seconds to answer, 60 s grace, replaced after three failures. */
    public static HealthCheck standard() {
        return new HealthCheck("/health", Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(60), 3);
    }
}
