package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.OldClusterKept;
import java.time.Duration;
import java.time.Instant;

/**
 * That a cluster goes on running after the upgrade that took its users away, for a rollback that needs no start.
 *
 * @param time how long
 * @param drainTimeout how long its last requests are waited for then
 * @param since position in the stream of the event from which on that time counts
 * @param at when that event was recorded, for people
 */
public record Kept(String upgradeId, Duration time, Duration drainTimeout, long since, Instant at) {

    static Kept of(OldClusterKept event, long sequence) {
        return new Kept(event.upgradeId(), event.time(), event.drainTimeout(), sequence, event.at());
    }
}
