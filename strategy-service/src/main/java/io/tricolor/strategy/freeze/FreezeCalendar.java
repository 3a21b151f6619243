package io.tricolor.strategy.freeze;

import io.tricolor.contracts.freeze.FreezeEvent;
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

/** The calendar as Axon sees it. What it decides is in {@link Calendar}. */
@Aggregate(type = "FreezeCalendar", snapshotTriggerDefinition = "every100Events")
class FreezeCalendar {

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String id;

    private Calendar calendar = Calendar.EMPTY;

    @SuppressWarnings("UnusedMethod") // Axon builds the instance, then replays the stream into it
    FreezeCalendar() {}

    /**
     * A command on its way to the calendar.
     *
     * @param expectedVersion of the calendar that the asker has seen; null: any
     */
    record Instruction(
            @TargetAggregateIdentifier String calendar,
            FreezeCommand command,
            @Nullable Long expectedVersion) {

        static Instruction of(FreezeCommand command, @Nullable Long expectedVersion) {
            return new Instruction(Calendar.ID, command, expectedVersion);
        }
    }

    /** Answers the calendar's version. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    long handle(Instruction instruction) {
        calendar.expect(instruction.expectedVersion());
        List<FreezeEvent> events = calendar.decide(instruction.command());
        long version = calendar.version() + events.size();
        events.forEach(AggregateLifecycle::apply);
        return version;
    }

    @EventSourcingHandler
    void on(FreezeEvent event) {
        id = event.calendar();
        calendar = calendar.evolve(event);
    }
}
