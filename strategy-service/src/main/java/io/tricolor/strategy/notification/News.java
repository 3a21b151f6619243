package io.tricolor.strategy.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.FreezeOverridden;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is told.
 *
 * @param id that of the event: equal for every repetition and at every target
 * @param text one sentence
 * @param link to the upgrade, null without a base for links
 * @param approve link by which the one reader of a target approves; never stored
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record News(
        String id,
        What what,
        String groupId,
        String upgradeId,
        String text,
        @Nullable String actor,
        @Nullable String reason,
        @Nullable String link,
        @Nullable String approve,
        Instant at) {

    News withApproval(@Nullable String approvalLink) {
        return new News(id, what, groupId, upgradeId, text, actor, reason, link, approvalLink, at);
    }

    /** Kinds of news; the names are part of the CloudEvents type. */
    enum What {
        UPGRADE_STARTED,
        ROLLBACK_STARTED,
        APPROVAL_NEEDED,
        GATE_FAILED,
        GATE_INCONCLUSIVE,
        FREEZE_OVERRIDDEN,
        UPGRADE_TURNED_BACK,
        UPGRADE_COMPLETED,
        UPGRADE_ABORTED
    }

    /** A kind and a sentence. */
    private record Said(
            What what,
            String upgradeId,
            String text,
            @Nullable String reason) {}

    /**
     * The news in an event, if there are any.
     *
     * @param after the group after the event; asked for where it matters
     * @param actor who, as recorded with the event
     */
    static Optional<News> in(
            ClusterGroupEvent event,
            Supplier<GroupState> after,
            String eventId,
            Instant at,
            @Nullable String actor,
            @Nullable String linkBase) {
        String group = event.groupId();
        Said said = said(event, after);
        if (said == null) {
            return Optional.empty();
        }
        String link = linkBase == null ? null : linkBase + "/groups/" + group + "/upgrades/" + said.upgradeId();
        return Optional.of(new News(
                eventId,
                said.what(),
                group,
                said.upgradeId(),
                group + ": " + said.text(),
                actor,
                said.reason(),
                link,
                null,
                at));
    }

    private static @Nullable Said said(ClusterGroupEvent event, Supplier<GroupState> after) {
        if (event instanceof UpgradeStarted e) {
            boolean back = e.rollbackPointId() != null;
            String where = (e.from() == null ? "" : "from " + e.from() + " ") + "to " + e.to();
            return new Said(
                    back ? What.ROLLBACK_STARTED : What.UPGRADE_STARTED,
                    e.upgradeId(),
                    (back ? "rollback to " : "upgrade to ") + e.manifest().version() + " started, " + where + ", by "
                            + e.requestedBy(),
                    e.reason());
        }
        if (event instanceof UpgradeStepCompleted e) {
            return approvalNeeded(e, after.get().upgrade());
        }
        if (event instanceof GateJudged e && e.verdict() != Verdict.PASS) {
            boolean failed = e.verdict() == Verdict.FAIL;
            return new Said(
                    failed ? What.GATE_FAILED : What.GATE_INCONCLUSIVE,
                    e.upgradeId(),
                    "gate " + e.gate() + " of stage " + e.stage() + (failed ? " failed" : " is inconclusive"),
                    null);
        }
        if (event instanceof FreezeOverridden e) {
            return new Said(
                    What.FREEZE_OVERRIDDEN,
                    e.upgradeId(),
                    e.overriddenBy() + " lets the upgrade go forward in spite of freeze windows "
                            + String.join(", ", e.windows()),
                    e.reason());
        }
        if (event instanceof UpgradeAborting e) {
            return new Said(
                    What.UPGRADE_TURNED_BACK, e.upgradeId(), "the upgrade goes back, by " + e.abortedBy(), e.reason());
        }
        if (event instanceof UpgradeCompleted e) {
            return new Said(
                    What.UPGRADE_COMPLETED, e.upgradeId(), "upgrade completed, " + e.serving() + " serves", null);
        }
        return event instanceof UpgradeAborted e
                ? new Said(What.UPGRADE_ABORTED, e.upgradeId(), "the upgrade was taken back", null)
                : null;
    }

    private static @Nullable Said approvalNeeded(UpgradeStepCompleted event, @Nullable Upgrade upgrade) {
        if (upgrade == null
                || upgrade.position().step() == event.step()
                || upgrade.position().step() >= upgrade.plan().steps().size()) {
            return null;
        }
        return upgrade.gatedStage()
                .filter(stage -> stage.gates().stream().anyMatch(Gate.Approval.class::isInstance))
                .map(stage -> new Said(
                        What.APPROVAL_NEEDED, event.upgradeId(), "stage " + stage.name() + " waits for approval", null))
                .orElse(null);
    }
}
