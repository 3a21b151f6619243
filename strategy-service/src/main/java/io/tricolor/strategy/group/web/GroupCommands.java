package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.Configured;
import io.tricolor.strategy.group.domain.Decider;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupInstruction;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.GroupVersion;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.RollbackPoint;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.upgrade.reactor.ConfigRevisions;
import io.tricolor.strategy.upgrade.reactor.Observations;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Brings commands of people to their group, with who, why, when, and what is seen of the group at that moment. */
@Component
class GroupCommands {

    private static final int MERGES = 10;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

    private final Commands commands;
    private final GroupStreams streams;
    private final Observations observations;
    private final ConfigRevisions configRevisions;
    private final InstantSource clock;

    GroupCommands(
            Commands commands,
            GroupStreams streams,
            Observations observations,
            ConfigRevisions configRevisions,
            InstantSource clock) {
        this.commands = commands;
        this.streams = streams;
        this.observations = observations;
        this.configRevisions = configRevisions;
        this.clock = clock;
    }

    /** For a command that makes a group: nothing is seen of it yet. */
    Mono<GroupVersion> create(CreateClusterGroup command, CommandContext context) {
        return decide(command, context, null, expected(context), null, Configured.NOTHING);
    }

    Mono<GroupVersion> send(ClusterGroupCommand command, CommandContext context, @Nullable String reason) {
        return RequestSteps.blocking("group", () -> look(command))
                .flatMap(look -> decide(command, context, reason, expected(context), look.seen(), look.configured()));
    }

    /** What a command is decided on. */
    private record Look(GroupState state, Observation seen, Configured configured) {}

    private Look look(ClusterGroupCommand command) {
        GroupState state = streams.existing(command.groupId());
        Configured configured = switch (command) {
            case StartUpgrade c -> configRevisions.of(List.of(c.manifest()));
            case StartRollback c -> configuredAt(state);
            default -> Configured.NOTHING;
        };
        return new Look(state, observations.of(state), configured);
    }

    /** For what a rollback may go to. */
    Configured configuredAt(GroupState state) {
        return configRevisions.of(
                state.rollbackPoints().stream().map(RollbackPoint::manifest).toList());
    }

    /**
     * What would become of a group.
     *
     * @param configured what it was decided on
     */
    record Tried(GroupState after, Configured configured) {}

    /** Decides as {@link #send} would at this moment, and stores nothing. */
    Mono<Tried> tryOut(ClusterGroupCommand command, CommandContext context) {
        return RequestSteps.blocking("group", () -> tryNow(command, context));
    }

    /** The same for one who is off the event loop. */
    Tried tryNow(ClusterGroupCommand command, CommandContext context) {
        Look look = look(command);
        GroupState after = look.state();
        for (ClusterGroupEvent event : Decider.decide(
                look.state(), command, decision(context, expected(context), look.seen(), look.configured()))) {
            after = Evolver.evolve(after, event);
        }
        return new Tried(after, look.configured());
    }

    /** As {@link #send}, for one who is off the event loop. */
    GroupVersion sendNow(ClusterGroupCommand command, CommandContext context) {
        Look look = look(command);
        return commands.sendAndWait(
                GroupInstruction.of(command, decision(context, expected(context), look.seen(), look.configured())),
                context);
    }

    /**
     * For a command that is made of the state that it changes: it is decided on that very version. When the group has
     * changed in between it is made anew, a few times; not for an asker who has named a version.
     */
    Mono<GroupVersion> merge(
            String groupId, Function<GroupState, ClusterGroupCommand> command, CommandContext context) {
        Mono<GroupVersion> once = RequestSteps.blocking("group", () -> streams.existing(groupId))
                .flatMap(state -> {
                    Long asked = expected(context);
                    if (asked != null && asked != state.version()) {
                        throw new Rejected(
                                Code.VERSION_MISMATCH,
                                "group " + groupId + " is at version " + state.version() + ", not " + asked);
                    }
                    return RequestSteps.blocking("group", () -> observations.of(state))
                            .flatMap(seen -> decide(
                                    command.apply(state), context, null, state.version(), seen, Configured.NOTHING));
                });
        return context.expectedVersion().isPresent()
                ? once
                : once.retryWhen(Retry.backoff(MERGES - 1L, FIRST_PAUSE)
                        .maxBackoff(LONGEST_PAUSE)
                        .filter(failure -> failure instanceof Rejected rejected
                                && rejected.rejection().code() == Code.VERSION_MISMATCH)
                        .onRetryExhaustedThrow((spec, signal) -> new Rejected(
                                Code.CONCURRENT_CHANGE,
                                "others change group " + groupId + " again and again; read it and try again")));
    }

    private static @Nullable Long expected(CommandContext context) {
        OptionalLong expected = context.expectedVersion();
        return expected.isPresent() ? expected.getAsLong() : null;
    }

    private Mono<GroupVersion> decide(
            ClusterGroupCommand command,
            CommandContext context,
            @Nullable String reason,
            @Nullable Long expected,
            @Nullable Observation seen,
            Configured configured) {
        return commands.send(
                GroupInstruction.of(command, decision(context, expected, seen, configured)), context.because(reason));
    }

    private DecisionContext decision(
            CommandContext context, @Nullable Long expected, @Nullable Observation seen, Configured configured) {
        return new DecisionContext(
                context.actor(), clock.instant().truncatedTo(ChronoUnit.MILLIS), expected, seen, configured);
    }

    long epochSecond() {
        return clock.instant().getEpochSecond();
    }
}
