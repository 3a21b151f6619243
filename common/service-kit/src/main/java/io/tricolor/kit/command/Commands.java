package io.tricolor.kit.command;

import io.tricolor.kit.requestlog.RequestSteps;
import java.util.concurrent.CompletableFuture;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.gateway.CommandGateway;
import reactor.core.publisher.Mono;

/** Sends commands with their context. */
public final class Commands {

    private final CommandGateway gateway;

    Commands(CommandGateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Sends a command when subscribed; for controllers. It is handled off the event loop, and shows in the request log as step
     * {@code command}. Completes empty when the handler returns nothing; fails with {@link io.tricolor.contracts.Rejected} when
     * it was refused.
     */
    public <R> Mono<R> send(Object command, CommandContext context) {
        return RequestSteps.record("command", Mono.<R>fromFuture(() -> {
            CompletableFuture<R> answer = gateway.send(message(command, context));
            return answer;
        }));
    }

    /**
     * Sends a command and waits; for reactors and consumers, which run on threads of their own. It is handled in the
     * caller's thread and takes part in the caller's transaction. Throws {@link io.tricolor.contracts.Rejected} when it was
     * refused.
     */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the handler's answer, as with Axon's own gateway
    public <R> R sendAndWait(Object command, CommandContext context) {
        return gateway.sendAndWait(message(command, context));
    }

    private static CommandMessage<Object> message(Object command, CommandContext context) {
        return new GenericCommandMessage<>(command, context.metadata());
    }
}
