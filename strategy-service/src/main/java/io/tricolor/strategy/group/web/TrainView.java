package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.domain.UpgradePlan;
import io.tricolor.strategy.group.query.UpgradeView;
import io.tricolor.strategy.group.query.UpgradeView.Status;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A train for clients.
 *
 * @param trainId id of the upgrade in each of its groups
 * @param status of all together
 */
record TrainView(
        String trainId,
        Whole status,
        UpgradeMode mode,
        String requestedBy,
        String reason,
        Instant startedAt,
        List<Car> groups) {

    /** Where a train is as a whole. */
    enum Whole {
        RUNNING,
        /** At least one group is paused; the others wait for it at the next barrier. */
        PAUSED,
        /** At least one group has turned back or is about to; the others follow. */
        ABORTING,
        COMPLETED,
        ABORTED,
        /** Some groups have the new release and some have gone back: take all back, or upgrade the others again. */
        DIVIDED
    }

    /**
     * One group of it.
     *
     * @param status null: it has not begun
     * @param title of the step that runs, or ran last
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Car(
            String groupId,
            @Nullable Status status,
            @Nullable String version,
            int step,
            int steps,
            @Nullable String title) {

        static Car of(String groupId, @Nullable UpgradeView view) {
            if (view == null) {
                return new Car(groupId, null, null, 0, 0, null);
            }
            Upgrade upgrade = view.upgrade();
            int steps = upgrade.plan().steps().size();
            int step = Math.min(upgrade.position().step(), steps - 1);
            return new Car(
                    groupId,
                    view.status(),
                    upgrade.plan().to().manifest().version(),
                    step,
                    steps,
                    upgrade.plan().steps().get(step).title());
        }
    }

    static TrainView of(String trainId, UpgradePlan plan, List<Car> groups) {
        return new TrainView(
                trainId,
                whole(groups.stream().map(Car::status).toList()),
                plan.mode(),
                plan.request().by(),
                plan.request().reason(),
                plan.request().at(),
                groups);
    }

    /** @param each null: it has not begun */
    static Whole whole(List<@Nullable Status> each) {
        boolean isRunning = each.contains(Status.RUNNING) || each.contains(Status.PAUSED);
        if (each.contains(Status.ABORTING) || (isRunning && each.contains(Status.ABORTED))) {
            return Whole.ABORTING;
        }
        if (isRunning) {
            return each.contains(Status.PAUSED) ? Whole.PAUSED : Whole.RUNNING;
        }
        if (each.stream().allMatch(status -> status == Status.COMPLETED)) {
            return Whole.COMPLETED;
        }
        return each.contains(Status.COMPLETED) ? Whole.DIVIDED : Whole.ABORTED;
    }
}
