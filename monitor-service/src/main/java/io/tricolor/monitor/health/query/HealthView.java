package io.tricolor.monitor.health.query;

import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.SortedMap;

/** The health of a subject as of its last change. */
public record HealthView(
        String subjectId, HealthStatus status, long sequence, Instant since, SortedMap<String, String> details) {}
