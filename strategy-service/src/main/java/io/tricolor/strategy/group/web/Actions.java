package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.OverrideFreeze;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Actor;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.Configured;
import io.tricolor.strategy.group.domain.Decider;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Release;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;

/**
 * What somebody could ask of a group now. Nothing is thought about twice: each is decided as the request itself would
 * be, by the rules for roles and by the {@link Decider}, and what that decides is thrown away.
 */
@Component
class Actions {

    private static final String WHY = "to see whether it could be";
    private static final Duration GRACE = Duration.ofMinutes(1);

    private final AccessRules access;
    private final InstantSource clock;

    Actions(AccessRules access, InstantSource clock) {
        this.access = access;
        this.clock = clock;
    }

    /** A request that could be made. */
    private record Candidate(
            String name,
            @Nullable String target,
            HttpMethod method,
            String path,
            ClusterGroupCommand command,
            String confirm) {}

    /** @param configured what is known of the configuration that a rollback may go to */
    List<Action> of(GroupState state, Observation seen, Configured configured, Actor actor) {
        if (state.deleted()) {
            return List.of();
        }
        List<Candidate> candidates = new ArrayList<>();
        String group = "/api/groups/" + state.groupId();
        Upgrade upgrade = state.upgrade();
        if (upgrade != null) {
            ofUpgrade(state, upgrade, group + "/upgrades/" + upgrade.upgradeId(), candidates);
        }
        ofGroup(state, group, candidates);
        return candidates.stream()
                .map(candidate -> tried(candidate, state, seen, configured, actor))
                .toList();
    }

    private static void ofUpgrade(GroupState state, Upgrade upgrade, String path, List<Candidate> candidates) {
        String group = state.groupId();
        String id = upgrade.upgradeId();
        String to = upgrade.plan().to().cluster();
        Release from = upgrade.plan().from();
        candidates.add(post(
                "pause",
                null,
                path + "/pause",
                new PauseUpgrade(group, id, WHY),
                "Nothing moves until somebody resumes it; traffic stays where it is now."));
        candidates.add(post(
                "resume",
                null,
                path + "/resume",
                new ResumeUpgrade(group, id, WHY),
                "Goes on at: " + upgrade.current().title() + ", with a new deadline."));
        candidates.add(post(
                "abort",
                null,
                path + "/abort",
                new AbortUpgrade(group, id, WHY),
                from == null
                        ? "Stops cluster " + to + "."
                        : "Everybody goes back to cluster " + from.cluster() + ", release "
                                + from.manifest().version() + "; cluster " + to + ", release "
                                + upgrade.plan().to().manifest().version() + ", is stopped."));
        candidates.add(post(
                "override-freeze",
                null,
                path + "/override-freeze",
                new OverrideFreeze(group, id, WHY),
                "This upgrade goes forward in spite of freeze windows, up to its end."));
        upgrade.gatedStage().ifPresent(stage -> {
            candidates.add(post(
                    "approve",
                    stage.name(),
                    path + "/approval",
                    new ApproveStage(group, id, stage.name(), WHY),
                    "Says yes to release " + upgrade.plan().to().manifest().version() + " going on from stage "
                            + stage.name() + "."));
            candidates.add(post(
                    "skip",
                    stage.name(),
                    path + "/skip",
                    new SkipStage(group, id, stage.name(), WHY),
                    "Leaves stage " + stage.name() + " without waiting for "
                            + String.join(
                                    ", ",
                                    stage.gates().stream()
                                            .map(gate -> gate.name())
                                            .toList())
                            + "."));
        });
        for (Stage stage : upgrade.plan().stages()) {
            candidates.add(post(
                    "repeat",
                    stage.name(),
                    path + "/repeat",
                    new RepeatStage(group, id, stage.name(), WHY),
                    "Cluster " + to + " takes the users of stage " + stage.name()
                            + " again; its gates begin anew, and approvals since then no longer count."));
        }
    }

    private static void ofGroup(GroupState state, String path, List<Candidate> candidates) {
        String group = state.groupId();
        candidates.add(post(
                "rollback",
                null,
                path + "/rollbacks",
                new StartRollback(group, "up-none", null, UpgradePolicy.standard(), WHY),
                "Goes back to the newest rollback point with another release."));
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.wantsInstances() && !cluster.takesRequests()) {
                candidates.add(post(
                        "stop-cluster",
                        cluster.name(),
                        path + "/clusters/" + cluster.name() + "/stop",
                        new StopCluster(
                                group, cluster.name(), UpgradePolicy.standard().drainTimeout(), WHY),
                        "Stops the instances of cluster " + cluster.name() + ", which takes no requests."));
            }
        }
        candidates.add(post(
                "begin-epoch",
                null,
                path + "/epoch",
                new BeginEpoch(group, WHY),
                "Goes on from the present state, above whatever others have seen."));
        if (state.decommission() == null) {
            candidates.add(post(
                    "decommission",
                    null,
                    path + "/decommission",
                    new DecommissionGroup(
                            group, group, GRACE, UpgradePolicy.standard().drainTimeout(), WHY),
                    "Takes all traffic of " + group + ", stops its clusters and deletes it. The name of the group is"
                            + " asked for once more."));
        } else {
            candidates.add(new Candidate(
                    "cancel-decommission",
                    null,
                    HttpMethod.DELETE,
                    path + "/decommission",
                    new CancelDecommission(group, WHY),
                    "The group stays."));
        }
        candidates.add(new Candidate(
                "delete",
                null,
                HttpMethod.DELETE,
                path,
                new DeleteClusterGroup(group, WHY),
                "Deletes the group, of which nothing runs."));
    }

    private static Candidate post(
            String name, @Nullable String target, String path, ClusterGroupCommand command, String confirm) {
        return new Candidate(name, target, HttpMethod.POST, path, command, confirm);
    }

    private Action tried(Candidate candidate, GroupState state, Observation seen, Configured configured, Actor actor) {
        if (!access.permit(actor, candidate.method(), candidate.path())) {
            return refused(
                    candidate,
                    new Rejection(Code.FORBIDDEN, "your roles do not allow it: " + String.join(", ", actor.roles())));
        }
        try {
            List<ClusterGroupEvent> events = Decider.decide(
                    state,
                    candidate.command(),
                    new DecisionContext(actor.name(), clock.instant(), null, seen, configured));
            return new Action(
                    candidate.name(),
                    candidate.target(),
                    candidate.method().name(),
                    candidate.path(),
                    true,
                    null,
                    events.isEmpty() ? "it is so already; nothing would change" : null,
                    confirm(candidate, events));
        } catch (Rejected e) {
            return refused(candidate, e.rejection());
        }
    }

    private static Action refused(Candidate candidate, Rejection why) {
        return new Action(
                candidate.name(),
                candidate.target(),
                candidate.method().name(),
                candidate.path(),
                false,
                why.code(),
                why.message(),
                null);
    }

    /** For a rollback: to what. */
    private static String confirm(Candidate candidate, List<ClusterGroupEvent> events) {
        for (ClusterGroupEvent event : events) {
            if (event instanceof UpgradeStarted started) {
                return "Goes back to release " + started.manifest().version() + " in cluster " + started.to()
                        + "; everybody leaves cluster " + started.from() + ", which is then stopped.";
            }
        }
        return candidate.confirm();
    }
}
