package io.tricolor.deploy.reconcile;

import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Deployments in the event store. */
@Component
class EventSourcedLedger implements Ledger {

    private final DeploymentStreams streams;
    private final Commands commands;
    private final String service;

    EventSourcedLedger(
            DeploymentStreams streams, Commands commands, @Value("${spring.application.name}") String service) {
        this.streams = streams;
        this.commands = commands;
        this.service = service;
    }

    @Override
    public List<String> ids() {
        return streams.ids();
    }

    @Override
    public Optional<DeploymentState> find(String deploymentId) {
        return streams.current(deploymentId);
    }

    @Override
    public void send(DeploymentState deployment, DeploymentCommand command) {
        commands.<Object>sendAndWait(
                command, CommandContext.ofService(service, deployment.upgradeId(), deployment.commandId()));
    }
}
