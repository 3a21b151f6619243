package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
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
        @Nullable String title) {}
