package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.FollowTrain;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Observation.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Decider} about upgrades of several groups in lockstep. There is nothing but the upgrades
 * themselves: each knows which groups go with it, and looks at how those stand.
 *
 * <p>A step that moves users or stops a cluster begins only when every other group has come as far: it is a barrier.
 * As all of a train have the same steps, an index says how far. An upgrade turns back when it sees that another one
 * has; that is seen for ever, since the other one ends turned back. It is no harm to see it late, nor to see of another
 * group less than it has done. The last barrier is before the old clusters are stopped: until then every group can go
 * back at once.
 */
public final class Trains {

    private static final int MOST_GROUPS = 20;

    private Trains() {}

    static void check(String groupId, @Nullable Train train, UpgradeMode mode) {
        if (train == null) {
            return;
        }
        if (mode != UpgradeMode.GRAYSCALE && mode != UpgradeMode.SWITCH) {
            throw new Rejected(
                    Code.INVALID_TRAIN, "groups go together by GRAYSCALE or SWITCH; " + mode + " has no common steps");
        }
        Set<String> groups = Set.copyOf(train.groups());
        if (groups.size() != train.groups().size() || groups.size() < 2 || groups.size() > MOST_GROUPS) {
            throw new Rejected(
                    Code.INVALID_TRAIN, "a train has from 2 to " + MOST_GROUPS + " groups, each of them once");
        }
        if (!groups.contains(groupId)) {
            throw new Rejected(Code.INVALID_TRAIN, "group " + groupId + " is none of the train " + train.groups());
        }
    }

    /** What holds the beginning of the step that runs: groups that have not come as far. Empty: nothing. */
    static List<String> hold(GroupState state, Upgrade upgrade, Observation seen) {
        UpgradeStep step = upgrade.current();
        boolean isBarrier = step.kind() == UpgradeStep.Kind.ROUTE || step.kind() == UpgradeStep.Kind.STOP;
        if (!isForward(upgrade) || !isBarrier || !Goals.isBeginningDue(state, upgrade)) {
            return List.of();
        }
        List<String> behind = new ArrayList<>();
        for (Companion other : others(state, upgrade, seen)) {
            switch (other.standing()) {
                case NOT_BEGUN -> behind.add(other.groupId() + " has not begun");
                case UNKNOWN -> behind.add(other.groupId() + " has not been heard of");
                case BACK -> behind.add(other.groupId() + " goes back");
                case RUNNING -> {
                    if (other.step() < upgrade.position().step()) {
                        behind.add(other.groupId() + " is at '" + other.title() + "'");
                    }
                }
                case COMPLETED -> {
                    // as far as one can come
                }
            }
        }
        return behind;
    }

    /**
     * Why the upgrade turns back: groups that have done so, and those that have not begun although the others have
     * waited for them as long as for a table. Empty: it does not.
     */
    static List<String> back(GroupState state, Upgrade upgrade, Observation seen) {
        if (!isForward(upgrade)) {
            return List.of();
        }
        boolean isLongSince = seen.elapsedOf(upgrade.position())
                                .compareTo(upgrade.plan().policy().routeTimeout())
                        > 0
                && !hold(state, upgrade, seen).isEmpty();
        List<String> why = new ArrayList<>();
        for (Companion other : others(state, upgrade, seen)) {
            if (other.standing() == Standing.BACK) {
                why.add("group " + other.groupId() + " goes back");
            } else if (other.standing() == Standing.NOT_BEGUN && isLongSince) {
                why.add("group " + other.groupId() + " has not begun");
            }
        }
        return why;
    }

    static List<ClusterGroupEvent> follow(GroupState state, FollowTrain c, DecisionContext context) {
        Upgrades.requireVersion(context);
        Upgrade upgrade = Upgrades.running(state, c.upgradeId());
        Epochs.refuseWhileRecovering(state);
        List<String> why = back(state, upgrade, Upgrades.seen(context));
        if (why.isEmpty()) {
            throw new Rejected(Code.GOAL_NOT_REACHED, "nothing of the train goes back");
        }
        Decision decision = new Decision(state);
        decision.turnBack(upgrade, Decider.SELF, "the train goes back: " + String.join(", ", why), context.at());
        return decision.events();
    }

    /**
     * How another group of a train stands.
     *
     * @param other all of its stream; null: there is no such group
     * @param isCompleted asked when the upgrade has ended: whether it was completed; empty: not known yet
     */
    public static Companion companion(
            String groupId, @Nullable GroupState other, String trainId, Supplier<Optional<Boolean>> isCompleted) {
        Upgrade upgrade = other == null ? null : other.upgrade();
        if (upgrade != null && upgrade.upgradeId().equals(trainId)) {
            return upgrade.position().aborting()
                    ? Companion.of(groupId, Standing.BACK)
                    : new Companion(
                            groupId,
                            Standing.RUNNING,
                            upgrade.position().step(),
                            upgrade.current().title());
        }
        boolean hasBegun = other != null
                && other.rollbackPoints().stream()
                        .anyMatch(point -> point.rollbackPointId().equals(RollbackPoint.idBefore(trainId)));
        if (!hasBegun) {
            return Companion.of(groupId, Standing.NOT_BEGUN);
        }
        return Companion.of(
                groupId,
                isCompleted
                        .get()
                        .map(completed -> completed ? Standing.COMPLETED : Standing.BACK)
                        .orElse(Standing.UNKNOWN));
    }

    private static boolean isForward(Upgrade upgrade) {
        return upgrade.plan().train() != null && !upgrade.position().aborting();
    }

    /** Nothing is concluded of a group that nobody has looked at: it counts as not heard of. */
    private static List<Companion> others(GroupState state, Upgrade upgrade, Observation seen) {
        Train train = upgrade.plan().train();
        if (train == null) {
            return List.of();
        }
        return train.groups().stream()
                .filter(group -> !group.equals(state.groupId()))
                .map(group -> seen.companions().stream()
                        .filter(other -> other.groupId().equals(group))
                        .findFirst()
                        .orElseGet(() -> Companion.of(group, Standing.UNKNOWN)))
                .toList();
    }
}
