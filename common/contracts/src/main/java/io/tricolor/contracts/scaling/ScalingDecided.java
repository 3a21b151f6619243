package io.tricolor.contracts.scaling;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * By its rule a service is to have another number of instances in a cluster. What comes of it is in the events of the
 * group: it is carried out by a command there, which is refused when the group has changed in between.
 *
 * @param from how many were desired
 * @param to how many are to be
 * @param groupVersion version of the group on which it was decided
 * @param evidence what it was decided by, for people and for the record
 */
@EventType("scaling.decided")
public record ScalingDecided(
        String groupId,
        String service,
        String cluster,
        int from,
        int to,
        long groupVersion,
        String reason,
        SortedMap<String, String> evidence,
        Instant at)
        implements ScalingEvent {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing map
    public ScalingDecided {
        evidence = Collections.unmodifiableSortedMap(evidence == null ? new TreeMap<>() : new TreeMap<>(evidence));
    }
}
