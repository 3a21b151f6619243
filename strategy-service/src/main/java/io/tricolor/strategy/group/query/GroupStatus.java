package io.tricolor.strategy.group.query;

import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;

/** What a group is up to, in one word. Lists are filtered by what the database says of the same. */
public enum GroupStatus {
    /** Nothing is under way. */
    STEADY,
    UPGRADING,
    PAUSED,
    /** On the way back from an upgrade. */
    ABORTING,
    /** A new epoch waits for its clusters. */
    RECOVERING,
    /** On its way to its end. */
    ENDING,
    ENDED;

    /** The word for a state. */
    public static GroupStatus of(GroupState state) {
        if (state.deleted()) {
            return ENDED;
        }
        if (state.decommission() != null) {
            return ENDING;
        }
        if (state.recovering()) {
            return RECOVERING;
        }
        Upgrade upgrade = state.upgrade();
        if (upgrade == null) {
            return STEADY;
        }
        if (upgrade.position().paused()) {
            return PAUSED;
        }
        return upgrade.position().aborting() ? ABORTING : UPGRADING;
    }
}
