package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthEvent;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.spring.stereotype.Aggregate;
import org.jspecify.annotations.Nullable;

/** What has a health. Only connects {@link SubjectState} to the event store. */
@Aggregate(type = "HealthSubject")
class Subject {

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String subjectId;

    private SubjectState state = SubjectState.UNSEEN;

    @SuppressWarnings("UnusedMethod") // Axon builds the instance, then replays the stream into it
    Subject() {}

    /** Answers the state afterwards. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    SubjectState handle(RecordObservation command) {
        subjectId = command.subjectId();
        state.decide(command).forEach(AggregateLifecycle::apply);
        return state;
    }

    /** Answers the state afterwards. */
    @CommandHandler
    SubjectState handle(ForgetSubject command) {
        state.decide(command).forEach(AggregateLifecycle::apply);
        return state;
    }

    @EventSourcingHandler
    void on(HealthEvent event) {
        subjectId = event.subjectId();
        state = state.evolve(event);
    }
}
