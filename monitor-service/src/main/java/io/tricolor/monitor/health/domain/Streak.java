package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthStatus;

/**
 * How many observations in a row were equal.
 *
 * @param length from 1; stops growing at the largest number
 */
public record Streak(HealthStatus status, int length) {

    /** The streak that begins with an observation. */
    public static Streak of(HealthStatus first) {
        return new Streak(first, 1);
    }

    /** The streak after one more observation: longer when it is equal, else a new one. */
    public Streak then(HealthStatus next) {
        return next == status ? new Streak(status, length == Integer.MAX_VALUE ? length : length + 1) : of(next);
    }
}
