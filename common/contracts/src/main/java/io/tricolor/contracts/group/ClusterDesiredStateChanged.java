package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which instances a cluster shall have. The position of this event in the stream is the fence of the commands that
 * follow from it.
 *
 * @param manifest what shall run, or was running when it was stopped: kept for a way back
 * @param instances by service name; 0 for all: stopped
 * @param withdrawn ids of instances that are to leave the registry, by service; they are the first to be stopped
 */
@EventType("cluster-group.cluster-desired-state-changed")
public record ClusterDesiredStateChanged(
        String groupId,
        String cluster,
        Manifest manifest,
        SortedMap<String, Integer> instances,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, List<String>> withdrawn,

        @Nullable String upgradeId,
        Instant at)
        implements ClusterGroupEvent {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public ClusterDesiredStateChanged {
        withdrawn = withdrawn == null ? new TreeMap<>() : withdrawn;
    }
}
