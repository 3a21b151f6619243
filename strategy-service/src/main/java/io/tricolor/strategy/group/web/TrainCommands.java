package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Observation.Standing;
import io.tricolor.strategy.group.domain.RollbackPoint;
import io.tricolor.strategy.group.query.Companions;
import io.tricolor.strategy.group.query.GroupReadModels;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.UpgradeView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Commands about trains, as commands to their groups. Blocking.
 *
 * <p>A train begins in all of its groups or in none: each group is asked first whether it would. If one begins and
 * another does not after all, or if this program is killed in between, what has begun goes back before it has moved a
 * user, since a group of a train waits for the others before that.
 */
@Component
class TrainCommands {

    static final String PREFIX = "train-";

    private final GroupCommands commands;
    private final Companions companions;
    private final GroupStreams streams;
    private final GroupReadModels readModels;

    TrainCommands(GroupCommands commands, Companions companions, GroupStreams streams, GroupReadModels readModels) {
        this.commands = commands;
        this.companions = companions;
        this.streams = streams;
        this.readModels = readModels;
    }

    /** Id of the train that a request begins: a request that is sent again with its key is about the same one. */
    static String idOf(CommandContext context) {
        Object key = context.metadata().get(EventMetadata.IDEMPOTENCY_KEY);
        Object hash = context.metadata().get(EventMetadata.REQUEST_HASH);
        return PREFIX
                + (key == null
                        ? UUID.randomUUID()
                        : UUID.nameUUIDFromBytes(
                                (context.actor() + "/" + key + "/" + hash).getBytes(StandardCharsets.UTF_8)));
    }

    /** What would become of each group; refused as {@link #start} would be. */
    List<DryRun> tryOut(List<StartUpgrade> upgrades, CommandContext context) {
        List<DryRun> plans = new ArrayList<>();
        for (StartUpgrade upgrade : upgrades) {
            GroupCommands.Tried tried = tried(upgrade, context);
            plans.add(DryRun.of(
                    upgrade.groupId(),
                    Objects.requireNonNull(tried.after().upgrade()).plan(),
                    tried.configured()));
        }
        return plans;
    }

    /** Begins all, or none. What a repeated request finds begun is left as it is. */
    void start(List<StartUpgrade> upgrades, CommandContext context) {
        List<StartUpgrade> missing = new ArrayList<>();
        boolean isOver = false;
        for (StartUpgrade upgrade : upgrades) {
            Companion known = companions.look(upgrade.groupId(), upgrade.upgradeId());
            switch (known.standing()) {
                case NOT_BEGUN -> missing.add(upgrade);
                case RUNNING -> {
                    // begun by the first of these requests
                }
                case BACK, COMPLETED, UNKNOWN -> isOver = true;
            }
        }
        if (isOver) {
            return;
        }
        missing.forEach(upgrade -> tried(upgrade, context));
        List<StartUpgrade> begun = new ArrayList<>();
        for (StartUpgrade upgrade : missing) {
            try {
                send(upgrade, upgrade.upgradeId(), upgrade.reason(), context);
            } catch (Rejected refused) {
                String why = "group " + upgrade.groupId() + " could not begin: "
                        + refused.rejection().message();
                begun.forEach(other -> send(
                        new AbortUpgrade(other.groupId(), other.upgradeId(), why), other.upgradeId(), why, context));
                throw of(upgrade, refused);
            }
            begun.add(upgrade);
        }
    }

    /** Turns every group back that still runs; those that have turned back already are left as they are. */
    void abort(String trainId, String reason, CommandContext context) {
        List<String> running = groupsOf(trainId).stream()
                .filter(group -> companions.look(group, trainId).standing() == Standing.RUNNING)
                .toList();
        if (running.isEmpty()) {
            throw new Rejected(Code.UPGRADE_NOT_RUNNING, "train " + trainId + " has nothing that runs and goes on");
        }
        running.forEach(group -> send(new AbortUpgrade(group, trainId, reason), trainId, reason, context));
    }

    /**
     * Takes every group back to where it was before the train: what runs is turned back, what was completed is rolled
     * back. Refused, with nothing done, when a group that was completed cannot go back.
     */
    void rollBack(String trainId, String reason, CommandContext context) {
        List<ClusterGroupCommand> back = new ArrayList<>();
        for (String group : groupsOf(trainId)) {
            switch (companions.look(group, trainId).standing()) {
                case RUNNING -> back.add(new AbortUpgrade(group, trainId, reason));
                case COMPLETED -> {
                    if (!isBack(group, trainId)) {
                        requireNewest(group, trainId);
                        back.add(new StartRollback(
                                group,
                                trainId + "-back",
                                RollbackPoint.idBefore(trainId),
                                UpgradePolicy.standard(),
                                reason));
                    }
                }
                case NOT_BEGUN, BACK, UNKNOWN -> {
                    // is where it was, or on its way there
                }
            }
        }
        if (back.isEmpty()) {
            throw new Rejected(Code.NOTHING_TO_CHANGE, "every group of train " + trainId + " has gone back");
        }
        back.forEach(command -> tried(command, context));
        back.forEach(command -> send(command, trainId, reason, context));
    }

    private void requireNewest(String group, String trainId) {
        String newest = streams.existing(group).rollbackPoints().getLast().rollbackPointId();
        if (!newest.equals(RollbackPoint.idBefore(trainId))) {
            throw new Rejected(
                    Code.PREFLIGHT_FAILED,
                    "group " + group + " has been upgraded or rolled back since; take it back by itself");
        }
    }

    /** Whether a completed group has been rolled back since, or is under way to it. */
    private boolean isBack(String group, String trainId) {
        return companions.look(group, trainId + "-back").standing() != Standing.NOT_BEGUN;
    }

    /** Its groups; TRAIN_NOT_FOUND when there is none of that id. */
    List<String> groupsOf(String trainId) {
        return readModels.train(trainId).stream()
                .map(view -> Objects.requireNonNull(view.upgrade().plan().train()))
                .findFirst()
                .orElseThrow(() -> new Rejected(Code.TRAIN_NOT_FOUND, "there is no train " + trainId))
                .groups();
    }

    TrainView view(String trainId) {
        List<UpgradeView> known = readModels.train(trainId);
        List<TrainView.Car> cars = new ArrayList<>();
        for (String group : groupsOf(trainId)) {
            UpgradeView running = streams.current(group)
                    .filter(state -> state.upgrade() != null
                            && state.upgrade().upgradeId().equals(trainId))
                    .map(state -> UpgradeView.running(group, Objects.requireNonNull(state.upgrade())))
                    .orElse(null);
            UpgradeView stored = known.stream()
                    .filter(view -> view.groupId().equals(group))
                    .findFirst()
                    .orElse(null);
            cars.add(TrainView.Car.of(group, running == null ? stored : running));
        }
        return TrainView.of(trainId, known.getFirst().upgrade().plan(), cars);
    }

    private GroupCommands.Tried tried(ClusterGroupCommand command, CommandContext context) {
        try {
            return commands.tryNow(command, context);
        } catch (Rejected refused) {
            throw of(command, refused);
        }
    }

    private static Rejected of(ClusterGroupCommand command, Rejected refused) {
        return new Rejected(
                refused.rejection().code(),
                "group " + command.groupId() + ": " + refused.rejection().message());
    }

    /** The key of the request is for one command; that these are done once follows from the id of the train. */
    private void send(ClusterGroupCommand command, String trainId, String reason, CommandContext context) {
        commands.sendNow(
                command,
                CommandContext.ofService(context.actor(), trainId, context.commandId())
                        .because(reason));
    }
}
