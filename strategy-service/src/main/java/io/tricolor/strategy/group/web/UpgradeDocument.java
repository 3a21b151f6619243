package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.PlanSource;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Release;
import io.tricolor.strategy.group.domain.UpgradePlan;
import io.tricolor.strategy.group.domain.UpgradePosition;
import io.tricolor.strategy.group.query.UpgradeView;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade, running or past, for clients.
 *
 * @param endedAt null while it runs
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record UpgradeDocument(
        String groupId,
        UpgradeView.Status status,
        Outline upgrade,
        @Nullable Instant endedAt) {

    /** Plan and position as one JSON object. */
    record Outline(@JsonUnwrapped Plan plan, @JsonUnwrapped Position position) {}

    /** What the upgrade is to do. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Plan(
            String upgradeId,
            UpgradeMode mode,
            @Nullable String from,
            String to,
            Manifest manifest,
            SortedMap<String, Integer> instances,
            List<Stage> stages,
            List<UpgradeStep> steps,
            UpgradePolicy policy,
            String planHash,
            @Nullable String rollbackPointId,
            @Nullable PlanSource source,
            @Nullable Train train,
            String requestedBy,
            String reason,
            Instant startedAt) {

        static Plan of(UpgradePlan plan) {
            Release from = plan.from();
            return new Plan(
                    plan.upgradeId(),
                    plan.mode(),
                    from == null ? null : from.cluster(),
                    plan.to().cluster(),
                    plan.to().manifest(),
                    plan.to().instances(),
                    plan.stages(),
                    plan.steps(),
                    plan.policy(),
                    PlanHash.of(plan),
                    plan.rollbackPointId(),
                    plan.source(),
                    plan.train(),
                    plan.request().by(),
                    plan.request().reason(),
                    plan.request().at());
        }
    }

    /** How far it is. */
    record Position(
            int step,
            int attempt,
            Instant stepStartedAt,
            SortedSet<String> approvedBy,
            boolean paused,
            boolean aborting,
            boolean freezeOverridden) {

        static Position of(UpgradePosition position) {
            return new Position(
                    position.step(),
                    position.attempt(),
                    position.stepStartedAt(),
                    position.approvedBy(),
                    position.paused(),
                    position.aborting(),
                    position.freezeOverridden());
        }
    }

    static UpgradeDocument of(UpgradeView view) {
        return new UpgradeDocument(
                view.groupId(),
                view.status(),
                new Outline(
                        Plan.of(view.upgrade().plan()),
                        Position.of(view.upgrade().position())),
                view.endedAt());
    }
}
