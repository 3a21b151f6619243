package io.tricolor.config.namespace.publication;

import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentStore;
import io.tricolor.config.namespace.domain.NamespaceCommand;
import io.tricolor.config.namespace.domain.NamespaceCommand.PublishRevision;
import io.tricolor.config.namespace.domain.NamespaceCommand.RollBack;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.domain.NamespaceState;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.eventstore.StreamReader;
import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Publishes and rolls back. Content and event are written in one transaction. Blocking. */
@Component
public class Publications {

    private final Commands commands;
    private final StreamReader streams;
    private final ContentStore contents;
    private final TransactionTemplate transaction;
    private final Clock clock = Clock.systemUTC();

    Publications(
            Commands commands,
            StreamReader streams,
            ContentStore contents,
            PlatformTransactionManager transactionManager) {
        this.commands = commands;
        this.streams = streams;
        this.contents = contents;
        this.transaction = new TransactionTemplate(transactionManager);
    }

    /**
     * Makes what {@code change} makes of the current content (an empty one for a new namespace) the current revision;
     * returns its number.
     *
     * @param again also when nothing changes
     */
    public long publish(
            NamespaceId namespace,
            UnaryOperator<ConfigContent> change,
            boolean again,
            String reason,
            CommandContext context) {
        return send(context.because(reason), () -> {
            NamespaceState state = stateOf(namespace);
            ConfigContent before = currentOf(state);
            ConfigContent content = change.apply(before);
            return new PublishRevision(
                    namespace.toString(),
                    contents.put(content),
                    again,
                    state.current(),
                    expected(context),
                    before.diff(content).keys(),
                    reason,
                    clock.instant());
        });
    }

    /** Makes the content of an earlier revision the current one, as a new revision; returns its number. */
    public long rollBack(NamespaceId namespace, long revision, String reason, CommandContext context) {
        return send(context.because(reason), () -> {
            NamespaceState state = stateOf(namespace);
            List<String> changedKeys = state.current() == 0
                    ? List.of()
                    : currentOf(state)
                            .diff(contents.get(state.contentOf(revision)))
                            .keys();
            return new RollBack(
                    namespace.toString(),
                    revision,
                    state.current(),
                    expected(context),
                    changedKeys,
                    reason,
                    clock.instant());
        });
    }

    private long send(CommandContext context, java.util.function.Supplier<NamespaceCommand> command) {
        Long revision = transaction.execute(status -> commands.<Long>sendAndWait(command.get(), context));
        if (revision == null) {
            throw new IllegalStateException("a namespace answers with its revision");
        }
        return revision;
    }

    private NamespaceState stateOf(NamespaceId namespace) {
        NamespaceState[] state = {NamespaceState.EMPTY};
        streams.forEach(namespace.toString(), 0, event -> state[0] = state[0].evolve((ConfigEvent) event.payload()));
        return state[0];
    }

    private ConfigContent currentOf(NamespaceState state) {
        return state.current() == 0 ? ConfigContent.EMPTY : contents.get(state.contentOf(state.current()));
    }

    private static @Nullable Long expected(CommandContext context) {
        return context.expectedVersion().isPresent()
                ? (Long) context.expectedVersion().getAsLong()
                : null;
    }
}
