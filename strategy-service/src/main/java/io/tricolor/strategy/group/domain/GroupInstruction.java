package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** A command on its way to its group, with who asks, when and on what. */
public record GroupInstruction(
        @TargetAggregateIdentifier String groupId, ClusterGroupCommand command, DecisionContext context) {

    public static GroupInstruction of(ClusterGroupCommand command, DecisionContext context) {
        return new GroupInstruction(command.groupId(), command, context);
    }
}
