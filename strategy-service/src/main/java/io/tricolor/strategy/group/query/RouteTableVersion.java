package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.strategy.group.domain.GroupState;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A route table of a group, without its content: where it came from.
 *
 * @param sequence position in the stream of the event that made it
 * @param upgradeId the upgrade that made it; null: none did
 * @param title what was done, for example a step of an upgrade; null when only {@code reason} says it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RouteTableVersion(
        long version,
        long epoch,
        Instant at,
        long sequence,
        @Nullable String actor,
        @Nullable String reason,
        @Nullable String upgradeId,
        @Nullable String title) {

    /**
     * The table that an event made; empty when it made none, or one that nobody can be routed by.
     *
     * @param before null for the first event of a stream
     */
    static Optional<RouteTableVersion> madeBy(
            @Nullable GroupState before,
            ClusterGroupEvent event,
            GroupState after,
            long sequence,
            Instant at,
            Map<String, String> metadata) {
        if (before == null || !after.hasTable() || after.tableVersion() == before.tableVersion()) {
            return Optional.empty();
        }
        RouteStrategiesChanged directed = event instanceof RouteStrategiesChanged e ? e : null;
        String title = directed == null ? null : directed.reason();
        String reason = metadata.get(EventMetadata.REASON);
        return Optional.of(new RouteTableVersion(
                after.tableVersion(),
                after.epoch(),
                at,
                sequence,
                metadata.get(EventMetadata.ACTOR),
                reason == null ? title : reason,
                directed == null ? null : directed.upgradeId(),
                Objects.equals(title, reason) ? null : title));
    }
}
