package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.SortedMap;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/**
 * Says what was seen of a subject.
 *
 * @param equalSightings how many sightings in a row showed this status
 * @param neededSightings how many it takes for a change, at least 1
 * @param details of the last of them
 */
public record RecordSightings(
        @TargetAggregateIdentifier String subjectId,
        HealthStatus status,
        int equalSightings,
        int neededSightings,
        SortedMap<String, String> details,
        Instant at) {}
