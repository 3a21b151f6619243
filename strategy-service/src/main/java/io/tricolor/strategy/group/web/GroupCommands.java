package io.tricolor.strategy.group.web;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.GroupInstruction;
import io.tricolor.strategy.group.domain.GroupVersion;
import io.tricolor.strategy.group.domain.Observation;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Brings commands of people to their group, with who, why and when. */
@Component
class GroupCommands {

    private final Commands commands;
    private final InstantSource clock;

    GroupCommands(Commands commands, InstantSource clock) {
        this.commands = commands;
        this.clock = clock;
    }

    Mono<GroupVersion> send(ClusterGroupCommand command, CommandContext context, @Nullable String reason) {
        return decide(command, context, reason, null);
    }

    /** For a command that is decided by what is seen of the group. */
    Mono<GroupVersion> send(ClusterGroupCommand command, CommandContext context, String reason, Observation seen) {
        return decide(command, context, reason, seen);
    }

    private Mono<GroupVersion> decide(
            ClusterGroupCommand command, CommandContext context, @Nullable String reason, @Nullable Observation seen) {
        Long expected = context.expectedVersion().isPresent()
                ? context.expectedVersion().getAsLong()
                : null;
        DecisionContext decision =
                new DecisionContext(context.actor(), clock.instant().truncatedTo(ChronoUnit.MILLIS), expected, seen);
        return commands.send(GroupInstruction.of(command, decision), context.because(reason));
    }

    /** For a command about an upgrade: its events are then found under the upgrade's id. */
    Mono<GroupVersion> send(ClusterGroupCommand command, CommandContext context, String reason, String upgradeId) {
        return send(command, context.belongingTo(upgradeId), reason);
    }

    long epochSecond() {
        return clock.instant().getEpochSecond();
    }
}
