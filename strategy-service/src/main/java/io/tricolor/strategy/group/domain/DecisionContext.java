package io.tricolor.strategy.group.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, when, and on what.
 *
 * @param actor subject of the asker's token
 * @param at when it was asked; becomes the time of the events
 * @param expectedVersion version that the asker has seen, of the group or of what else is changed; null: any
 * @param seen what is seen of the group at that moment; null: nothing was looked at
 * @param configured what is known of the configuration that releases are bound to
 */
public record DecisionContext(
        String actor,
        Instant at,
        @Nullable Long expectedVersion,
        @Nullable Observation seen,
        Configured configured) {

    /** For a command that does not begin an upgrade. */
    public DecisionContext(String actor, Instant at, @Nullable Long expectedVersion, @Nullable Observation seen) {
        this(actor, at, expectedVersion, seen, Configured.NOTHING);
    }

    /** For a command that is decided without a look at what runs. */
    public DecisionContext(String actor, Instant at, @Nullable Long expectedVersion) {
        this(actor, at, expectedVersion, null);
    }
}
