package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupEvent;
import java.time.Instant;
import java.util.List;

/** The functions that the exploration drives. Production by default; a mutant overrides what it breaks. */
interface Flow {

    Flow PRODUCTION = new Flow() {};

    default List<ClusterGroupEvent> decide(GroupState state, ClusterGroupCommand command, DecisionContext context) {
        return Decider.decide(state, command, context);
    }

    default List<NextAction> next(GroupState state, Observation seen, Instant now) {
        return NextActions.next(state, seen, now);
    }

    /** Whether deploy-service obeys a desired state although it has seen a newer one. */
    default boolean obeysOldWishes() {
        return false;
    }

    /** Whether a router that restarts begins with the table before the one it acknowledged. */
    default boolean routerForgetsItsTable() {
        return false;
    }
}
