package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.plan.PlanTemplate;
import io.tricolor.contracts.plan.PlanTemplateEvent;
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

/** The templates of a group as Axon sees them. What is decided is in {@link Templates}. */
@Aggregate(type = "PlanTemplates", snapshotTriggerDefinition = "every100Events")
public class GroupTemplates {

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String stream;

    private Templates templates = Templates.NONE;

    @SuppressWarnings("UnusedMethod") // Axon builds the instance, then replays the stream into it
    GroupTemplates() {}

    /**
     * A command on its way to the templates of a group.
     *
     * @param template null: the one of that name is to go
     */
    public record Instruction(
            @TargetAggregateIdentifier String stream,
            String groupId,
            String name,
            @Nullable PlanTemplate template,
            String reason,
            DecisionContext context) {}

    /** Answers the newest version of that template; 0 when it is gone. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    int handle(Instruction c) {
        List<PlanTemplateEvent> events = c.template() == null
                ? templates.remove(c.groupId(), c.name(), c.reason(), c.context())
                : templates.set(c.groupId(), c.name(), c.template(), c.reason(), c.context());
        Templates after = templates;
        for (PlanTemplateEvent event : events) {
            after = after.evolve(event);
            AggregateLifecycle.apply(event);
        }
        return after.present().containsKey(c.name())
                ? after.present().get(c.name()).version()
                : 0;
    }

    @EventSourcingHandler
    void on(PlanTemplateEvent event) {
        stream = Templates.streamOf(event.groupId());
        templates = templates.evolve(event);
    }
}
