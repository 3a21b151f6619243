package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingEvent;
import io.tricolor.contracts.scaling.ScalingRule;
import java.time.Instant;
import java.util.List;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.modelling.command.TargetAggregateIdentifier;
import org.axonframework.spring.stereotype.Aggregate;
import org.jspecify.annotations.Nullable;

/** The rules of a group as Axon sees them. What is decided is in {@link ScalingRules} and {@link Scaler}. */
@Aggregate(type = GroupScaling.TYPE, snapshotTriggerDefinition = "every100Events")
public class GroupScaling {

    /** Type of the streams. */
    public static final String TYPE = "ScalingRules";

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String stream;

    private ScalingRules rules = ScalingRules.NONE;

    @SuppressWarnings("UnusedMethod") // Axon builds the instance, then replays the stream into it
    GroupScaling() {}

    /**
     * A rule for a service, or none, on its way to the rules of a group.
     *
     * @param rule null: the one of that service is to go
     */
    public record Instruction(
            @TargetAggregateIdentifier String stream,
            String groupId,
            String service,
            @Nullable ScalingRule rule,
            String reason,
            String actor,
            Instant at) {}

    /**
     * What a rule says, to be recorded.
     *
     * @param expectedVersion of the rules by which it was decided
     */
    public record Keep(@TargetAggregateIdentifier String stream, ScalingDecided decision, long expectedVersion) {}

    /** Answers the version of the rules. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    long handle(Instruction c) {
        return apply(
                c.rule() == null
                        ? rules.remove(c.groupId(), c.service(), c.actor(), c.reason(), c.at())
                        : rules.set(c.groupId(), c.service(), c.rule(), c.actor(), c.reason(), c.at()));
    }

    /** Answers the version of the rules. */
    @CommandHandler
    long handle(Keep c) {
        return apply(rules.decided(c.decision(), c.expectedVersion()));
    }

    private long apply(List<ScalingEvent> events) {
        long version = rules.version() + events.size();
        events.forEach(AggregateLifecycle::apply);
        return version;
    }

    @EventSourcingHandler
    void on(ScalingEvent event) {
        stream = ScalingRules.streamOf(event.groupId());
        rules = rules.evolve(event);
    }
}
