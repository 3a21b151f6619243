package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of an upgrade went, by the times at which its events were recorded.
 *
 * @param endedAt null while it runs; times go up to its newest event then
 * @param paused how long it stood still because somebody, or a deadline, had paused it
 * @param waitedForPeople how long it could not go on without a person: paused, or in a stage whose approvals were
 *     missing
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpgradeTimes(
        String groupId,
        String upgradeId,
        Instant startedAt,
        @Nullable Instant endedAt,
        Duration total,
        Duration paused,
        Duration waitedForPeople,
        List<Step> steps) {

    /**
     * One step, as often as it ran.
     *
     * @param step its index in the plan
     * @param attempts 1, unless its deadline passed
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Step(
            int step,
            UpgradeStep.Kind kind,
            @Nullable String cluster,
            @Nullable String stage,
            String title,
            Instant startedAt,
            int attempts,
            Duration time,
            Duration paused,
            Duration waitedForPeople) {}

    /** Adds up from state to state. */
    static final class Clock {

        private final List<Step> steps = new ArrayList<>();
        private final String upgradeId;
        private final Instant startedAt;
        private Upgrade now;
        private Instant last;
        private Instant stepStartedAt;
        private Duration time = Duration.ZERO;
        private Duration paused = Duration.ZERO;
        private Duration waited = Duration.ZERO;
        private @Nullable Instant endedAt;

        Clock(Upgrade first, Instant at) {
            upgradeId = first.upgradeId();
            startedAt = at;
            stepStartedAt = at;
            last = at;
            now = first;
        }

        /** Whether the upgrade goes on after this state. */
        boolean goesOn(GroupState state, Instant at) {
            // Clocks step back now and then; no time is less than nothing.
            Duration passed = at.isAfter(last) ? Duration.between(last, at) : Duration.ZERO;
            last = at.isAfter(last) ? at : last;
            time = time.plus(passed);
            if (now.position().paused()) {
                paused = paused.plus(passed);
            }
            if (now.position().paused() || lacksApprovals(now)) {
                waited = waited.plus(passed);
            }
            Upgrade next = state.upgrade();
            if (next == null || !next.upgradeId().equals(upgradeId)) {
                close();
                endedAt = last;
                return false;
            }
            if (next.position().step() < next.plan().steps().size()) {
                if (next.position().step() != now.position().step()) {
                    close();
                }
                now = next;
            } // else its last step is done, and its end follows
            return true;
        }

        UpgradeTimes read(String groupId) {
            if (endedAt == null) {
                close();
            }
            return new UpgradeTimes(
                    groupId,
                    upgradeId,
                    startedAt,
                    endedAt,
                    Duration.between(startedAt, last),
                    steps.stream().map(Step::paused).reduce(Duration.ZERO, Duration::plus),
                    steps.stream().map(Step::waitedForPeople).reduce(Duration.ZERO, Duration::plus),
                    List.copyOf(steps));
        }

        private void close() {
            UpgradeStep step = now.current();
            steps.add(new Step(
                    now.position().step(),
                    step.kind(),
                    step.cluster(),
                    step.stage(),
                    step.title(),
                    stepStartedAt,
                    now.position().attempt(),
                    time,
                    paused,
                    waited));
            stepStartedAt = last;
            time = Duration.ZERO;
            paused = Duration.ZERO;
            waited = Duration.ZERO;
        }

        private static boolean lacksApprovals(Upgrade upgrade) {
            return upgrade.gatedStage()
                    .map(Stage::gates)
                    .filter(gates -> gates.stream()
                            .anyMatch(gate -> gate instanceof Gate.Approval approval
                                    && upgrade.position().approvedBy().size() < approval.approvals()))
                    .isPresent();
        }
    }
}
