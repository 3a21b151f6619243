package io.tricolor.monitor.health.query;

import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The health of a subject.
 *
 * @param status what is known now: UNKNOWN while the registry cannot be read
 * @param recorded what the last change led to
 */
public record HealthView(
        String subjectId,
        HealthStatus status,
        HealthStatus recorded,
        long sequence,
        Instant since,
        SortedMap<String, String> details) {}
