package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupEvent;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;

/** The functions that the exploration drives. Production by default; a mutant overrides what it breaks. */
interface Flow {

    Flow PRODUCTION = new Flow() {};

    default List<ClusterGroupEvent> decide(GroupState state, ClusterGroupCommand command, DecisionContext context) {
        return Decider.decide(state, command, context);
    }

    default List<NextAction> next(GroupState state, Observation seen, Instant now) {
        return NextActions.next(state, seen, now);
    }

    /** A flow that is wrong about what is seen, when it looks and when it decides. */
    static Flow seeing(BiFunction<GroupState, Observation, Observation> lens) {
        return new Flow() {
            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                return NextActions.next(state, lens.apply(state, seen), now);
            }

            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                Observation seen = context.seen() == null ? null : lens.apply(state, context.seen());
                return Decider.decide(
                        state,
                        command,
                        new DecisionContext(context.actor(), context.at(), context.expectedVersion(), seen));
            }
        };
    }

    /** Whether deploy-service obeys a desired state although it has seen a newer one. */
    default boolean obeysOldDesiredStates() {
        return false;
    }

    /** Whether a router that restarts begins with the table before the one it acknowledged. */
    default boolean routerForgetsItsTable() {
        return false;
    }
}
