package io.tricolor.contracts.health;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A subject's health changed, after as many equal observations as hysteresis asks for.
 *
 * @param sequence from 0 for each subject, rises by one
 * @param details what was observed; never a secret
 */
@EventType("health.changed")
public record HealthChanged(
        String subjectId,
        long sequence,
        HealthStatus before,
        HealthStatus now,
        SortedMap<String, String> details,
        Instant at)
        implements HealthEvent {}
