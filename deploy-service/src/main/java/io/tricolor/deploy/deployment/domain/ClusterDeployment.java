package io.tricolor.deploy.deployment.domain;

import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.GiveUp;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.RecordCounts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.TakeUp;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateLifecycle;
import org.axonframework.modelling.command.CreationPolicy;
import org.axonframework.spring.stereotype.Aggregate;
import org.jspecify.annotations.Nullable;

/** One cluster's deployment. Only connects {@link Deployments} to the event store. */
@Aggregate(type = ClusterDeployment.TYPE, snapshotTriggerDefinition = "every100Events")
public class ClusterDeployment {

    /** Stored kind of the stream. */
    public static final String TYPE = "ClusterDeployment";

    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // Axon reads it
    private @Nullable String deploymentId;

    private @Nullable DeploymentState state;

    ClusterDeployment() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(TakeUp command) {
        decide(command);
    }

    @CommandHandler
    void handle(RecordCounts command) {
        decide(command);
    }

    @CommandHandler
    void handle(GiveUp command) {
        decide(command);
    }

    private void decide(DeploymentCommand command) {
        Deployments.decide(state, command).forEach(AggregateLifecycle::apply);
    }

    @EventSourcingHandler
    void on(ClusterDeploymentEvent event) {
        deploymentId = event.deploymentId();
        state = Deployments.evolve(state, event);
    }
}
