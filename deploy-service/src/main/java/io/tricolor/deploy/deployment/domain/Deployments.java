package io.tricolor.deploy.deployment.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.deployment.DeploymentFailed;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.deployment.InstancesChanged;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.GiveUp;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.RecordCounts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.TakeUp;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The two pure functions of a deployment. */
public final class Deployments {

    private Deployments() {}

    /**
     * Turns a command into events; an empty list says that there is nothing new in it.
     *
     * @param state null: the stream has no event yet
     * @throws Rejected with STALE_FENCE for a desired state that is older than the one that holds, or that is another one of the
     *     same order
     */
    public static List<ClusterDeploymentEvent> decide(@Nullable DeploymentState state, DeploymentCommand command) {
        return switch (command) {
            case TakeUp c -> takeUp(state, c);
            case RecordCounts c -> record(existing(state, c), c);
            case GiveUp c -> giveUp(existing(state, c), c);
        };
    }

    private static List<ClusterDeploymentEvent> takeUp(@Nullable DeploymentState state, TakeUp c) {
        EnsureCluster desired = c.desired();
        Order order = new Order(desired.epoch(), desired.fence());
        int newer = state == null ? 1 : order.compareTo(state.order());
        if (state != null && newer < 0) {
            throw new Rejected(
                    Code.STALE_FENCE,
                    "desired state " + order + " for " + c.deploymentId() + " is older than desired state "
                            + state.order());
        }
        if (state != null && newer == 0) {
            // What was stored in revision 1 has no digest: it is taken for the same.
            if (!state.digest().isEmpty() && !desired.digest().equals(state.digest())) {
                throw new Rejected(
                        Code.STALE_FENCE,
                        "desired state " + order + " for " + c.deploymentId() + " has digest " + desired.digest()
                                + ", the one that holds under the same fence has " + state.digest());
            }
            return List.of();
        }
        return List.of(new DeploymentDesired(
                desired.groupId(),
                desired.cluster(),
                desired.commandId(),
                desired.epoch(),
                desired.fence(),
                desired.digest(),
                desired.manifest(),
                desired.instances(),
                desired.withdrawn(),
                desired.deadline(),
                desired.upgradeId(),
                c.at()));
    }

    /** What was seen for an older desired state says nothing about the present one. */
    private static List<ClusterDeploymentEvent> record(DeploymentState state, RecordCounts c) {
        boolean news = !c.running().equals(state.running()) || !c.healthy().equals(state.healthy());
        return c.order().equals(state.order()) && news
                ? List.of(new InstancesChanged(
                        state.groupId(),
                        state.cluster(),
                        state.epoch(),
                        state.fence(),
                        c.running(),
                        c.healthy(),
                        c.at()))
                : List.of();
    }

    private static List<ClusterDeploymentEvent> giveUp(DeploymentState state, GiveUp c) {
        return c.order().equals(state.order()) && state.failure() == null
                ? List.of(new DeploymentFailed(
                        state.groupId(), state.cluster(), state.epoch(), state.fence(), c.rejection(), c.at()))
                : List.of();
    }

    private static DeploymentState existing(@Nullable DeploymentState state, DeploymentCommand command) {
        if (state == null) {
            throw new Rejected(Code.DEPLOYMENT_NOT_FOUND, "there is no deployment " + command.deploymentId());
        }
        return state;
    }

    /**
     * The state after {@code event}, which is the next one in the stream.
     *
     * @param state null before the first event
     */
    public static DeploymentState evolve(@Nullable DeploymentState state, ClusterDeploymentEvent event) {
        if (event instanceof DeploymentDesired e) {
            var running = state == null ? new TreeMap<String, Integer>() : state.running();
            var healthy = state == null ? new TreeMap<String, Integer>() : state.healthy();
            return new DeploymentState(
                    e.groupId(),
                    e.cluster(),
                    state == null ? 0 : state.version() + 1,
                    e.commandId(),
                    e.epoch(),
                    e.fence(),
                    e.digest(),
                    e.manifest(),
                    Collections.unmodifiableSortedMap(new TreeMap<>(e.instances())),
                    e.withdrawn(),
                    e.deadline(),
                    e.upgradeId(),
                    running,
                    healthy,
                    false,
                    null);
        }
        if (state == null) {
            throw new IllegalStateException("stream of " + event.deploymentId() + " begins with " + event);
        }
        return switch (event) {
            case DeploymentDesired e -> throw new IllegalStateException("unreachable: " + e);
            case InstancesChanged e -> state.counted(e.running(), e.healthy());
            case DeploymentFailed e -> state.failed(e.rejection());
        };
    }
}
