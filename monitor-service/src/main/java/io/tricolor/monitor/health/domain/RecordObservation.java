package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.SortedMap;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/**
 * Says what was observed of a subject.
 *
 * @param equalObservations how many in a row showed this status
 * @param neededObservations how many it takes for a change, at least 1
 * @param details of the last of them
 */
public record RecordObservation(
        @TargetAggregateIdentifier String subjectId,
        HealthStatus status,
        int equalObservations,
        int neededObservations,
        SortedMap<String, String> details,
        Instant at) {}
