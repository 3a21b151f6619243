package io.tricolor.kit.command;

import io.tricolor.kit.requestlog.RequestSteps;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.gateway.CommandGateway;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import reactor.core.publisher.Mono;

/**
 * Sends commands with their context. A command whose context expects no version, and that loses its stream to another
 * instance while it is decided, is decided again, a few times; then it is refused with CONCURRENT_CHANGE.
 */
public final class Commands {

    private final CommandGateway gateway;

    Commands(CommandGateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Sends a command when subscribed; for controllers. It is handled off the event loop, and shows in the request log
     * as step {@code command}. Completes empty when the handler returns nothing; fails with
     * {@link io.tricolor.contracts.Rejected} when it was refused.
     */
    public <R> Mono<R> send(Object command, CommandContext context) {
        Mono<R> once = Mono.<R>fromFuture(() -> {
            CompletableFuture<R> answer = gateway.send(message(command, context));
            return answer;
        });
        return RequestSteps.record("command", once.retryWhen(LostRaces.again(worthWhile(context))));
    }

    /**
     * Sends a command and waits; for reactors and consumers, which run on threads of their own. It is handled in the
     * caller's thread and takes part in the caller's transaction; there a lost race fails the transaction, and is tried
     * again with it. Throws {@link io.tricolor.contracts.Rejected} when it was
     * refused.
     */
    @SuppressWarnings("TypeParameterUnusedInFormals") // the handler's answer, as with Axon's own gateway
    public <R> R sendAndWait(Object command, CommandContext context) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            return gateway.sendAndWait(message(command, context));
        }
        Predicate<Throwable> isWorthWhile = worthWhile(context);
        for (int attempt = 1; ; attempt++) {
            try {
                return gateway.sendAndWait(message(command, context));
            } catch (RuntimeException e) {
                if (!isWorthWhile.test(e)) {
                    throw e;
                }
                if (attempt == LostRaces.ATTEMPTS) {
                    throw LostRaces.conflict();
                }
                waitAfter(attempt);
            }
        }
    }

    private static Predicate<Throwable> worthWhile(CommandContext context) {
        return context.expectedVersion().isPresent() ? LostRaces::isAnswered : LostRaces::isLost;
    }

    private static void waitAfter(int attempt) {
        try {
            LostRaces.pause(attempt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw LostRaces.conflict();
        }
    }

    private static CommandMessage<Object> message(Object command, CommandContext context) {
        return new GenericCommandMessage<>(command, context.metadata());
    }
}
