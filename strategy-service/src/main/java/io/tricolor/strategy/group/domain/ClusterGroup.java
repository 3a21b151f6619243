package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupEvent;
import java.util.List;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.messaging.MetaData;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.spring.stereotype.Aggregate;
import org.jspecify.annotations.Nullable;

/**
 * One application in one environment with its clusters. Only connects {@link Decider} and {@link Evolver} to the event
 * store.
 */
@Aggregate(type = "ClusterGroup", snapshotTriggerDefinition = "every100Events", cache = "rememberedAggregates")
class ClusterGroup {

    /** Key in the metadata of each event: the epoch of the group after it. */
    private static final String EPOCH = "epoch";

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String groupId;

    private @Nullable GroupState state;

    @SuppressWarnings("UnusedMethod") // Axon builds the instance, then replays the stream into it
    ClusterGroup() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    GroupVersion handle(GroupInstruction instruction) {
        List<ClusterGroupEvent> events = Decider.decide(state, instruction.command(), instruction.context());
        GroupState after = state;
        for (ClusterGroupEvent event : events) {
            after = Evolver.evolve(after, event);
            AggregateLifecycle.apply(event, MetaData.with(EPOCH, Long.toString(after.epoch())));
        }
        return GroupVersion.of(state, events.size());
    }

    @EventSourcingHandler
    void on(ClusterGroupEvent event) {
        groupId = event.groupId();
        state = Evolver.evolve(state, event);
    }
}
