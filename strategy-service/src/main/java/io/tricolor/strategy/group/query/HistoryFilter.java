package io.tricolor.strategy.group.query;

import io.tricolor.contracts.EventTypes;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.message.ContractsJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which lines of a history are asked for; what is null does not matter.
 *
 * @param actor who
 * @param type stored name of the event, with or without {@code cluster-group.}
 * @param cluster that the event speaks of
 * @param upgrade that the event is of, or that led to it
 * @param from recorded at or after
 * @param to recorded before
 */
public record HistoryFilter(
        @Nullable String actor,
        @Nullable String type,
        @Nullable String cluster,
        @Nullable String upgrade,
        @Nullable Instant from,
        @Nullable Instant to) {

    private static final String PREFIX = "cluster-group.";
    private static final List<String> CLUSTER_MEMBERS = List.of("cluster", "from", "to", "serving");

    /** Everything. */
    public static final HistoryFilter NONE = new HistoryFilter(null, null, null, null, null, null);

    boolean takes(StoredEvent event) {
        return (actor == null || actor.equals(event.metadata().get(EventMetadata.ACTOR)))
                && (type == null || isOfType(EventTypes.nameOf(event.payload().getClass())))
                && (from == null || !event.at().isBefore(from))
                && (to == null || event.at().isBefore(to))
                && speaksOf(event);
    }

    private boolean isOfType(String name) {
        return name.equals(type) || name.equals(PREFIX + type);
    }

    private boolean speaksOf(StoredEvent event) {
        if (cluster == null && upgrade == null) {
            return true;
        }
        JsonNode payload = ContractsJson.mapper().valueToTree(event.payload());
        return (cluster == null || speaksOfCluster(payload, cluster))
                && (upgrade == null
                        || payload.path("upgradeId").asString("").equals(upgrade)
                        || upgrade.equals(event.metadata().get(EventMetadata.CORRELATION_ID)));
    }

    private static boolean speaksOfCluster(JsonNode payload, String cluster) {
        return CLUSTER_MEMBERS.stream()
                        .anyMatch(member -> payload.path(member).asString("").equals(cluster))
                || payload.path("strategies").has(cluster)
                || payload.path("clusters")
                        .valueStream()
                        .anyMatch(name -> name.asString("").equals(cluster));
    }
}
