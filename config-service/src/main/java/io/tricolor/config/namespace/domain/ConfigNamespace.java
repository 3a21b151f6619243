package io.tricolor.config.namespace.domain;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import io.tricolor.config.namespace.domain.NamespaceCommand.PublishRevision;
import io.tricolor.config.namespace.domain.NamespaceCommand.RollBack;
import io.tricolor.contracts.config.ConfigEvent;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.spring.stereotype.Aggregate;

/** A namespace as Axon sees it. What it decides is in {@link NamespaceState}. */
@Aggregate(type = ConfigNamespace.TYPE, snapshotTriggerDefinition = "every100Events")
public class ConfigNamespace {

    /** Stored kind of the streams. */
    public static final String TYPE = "ConfigNamespace";

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private String namespace;

    private NamespaceState state = NamespaceState.EMPTY;

    @SuppressWarnings("NullAway.Init") // Axon builds the instance, then replays the stream into it
    ConfigNamespace() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    long handle(PublishRevision command) {
        apply(state.decide(command));
        return state.current();
    }

    @CommandHandler
    long handle(RollBack command) {
        apply(state.decide(command));
        return state.current();
    }

    @EventSourcingHandler
    void on(ConfigEvent event) {
        namespace = event.namespace();
        state = state.evolve(event);
    }
}
