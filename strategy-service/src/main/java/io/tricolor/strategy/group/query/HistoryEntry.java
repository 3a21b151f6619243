package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.eventstore.StoredEvent;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of a group's history: what happened, when, by whom and why.
 *
 * @param type stored name of the event, for example {@code cluster-group.upgrade-started}
 * @param commandId equal for all events of one command
 * @param correlationId what it belongs to, for example an upgrade
 * @param event the event itself
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HistoryEntry(
        String groupId,
        long sequence,
        String eventId,
        String type,
        Instant at,
        @Nullable String actor,
        @Nullable String reason,
        @Nullable String commandId,
        @Nullable String correlationId,
        ClusterGroupEvent event) {

    static HistoryEntry of(StoredEvent stored) {
        ClusterGroupEvent event = (ClusterGroupEvent) stored.payload();
        Map<String, String> metadata = stored.metadata();
        return new HistoryEntry(
                stored.aggregateId(),
                stored.sequence(),
                stored.eventId(),
                EventTypes.nameOf(event.getClass()),
                stored.at(),
                metadata.get(EventMetadata.ACTOR),
                metadata.get(EventMetadata.REASON),
                metadata.get(EventMetadata.COMMAND_ID),
                metadata.get(EventMetadata.CORRELATION_ID),
                event);
    }
}
