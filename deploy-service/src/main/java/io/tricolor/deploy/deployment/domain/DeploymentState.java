package io.tricolor.deploy.deployment.domain;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.Manifest;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster shall run and what was last recorded of it. Immutable.
 *
 * @param version position in the stream of the last event taken in, from 0
 * @param epoch of the desired state that holds
 * @param fence of the desired state that holds
 * @param digest of the desired state that holds
 * @param instances desired, by service
 * @param withdrawn ids of instances that are to be out of the registry, and to be stopped where the number shrinks; by service
 * @param deadline after which nothing more is tried for a desired state that was never met; null: never
 * @param running instances last recorded, by service
 * @param healthy instances last recorded, by service
 * @param met whether the desired state was met at some time since it was made
 * @param failure why the desired state was given up; null: it was not
 */
public record DeploymentState(
        String groupId,
        String cluster,
        long version,
        String commandId,
        long epoch,
        long fence,
        String digest,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, List<String>> withdrawn,
        @Nullable Instant deadline,
        @Nullable String upgradeId,
        SortedMap<String, Integer> running,
        SortedMap<String, Integer> healthy,
        boolean met,
        @Nullable Rejection failure) {

    /** Identifier of the stream. */
    public String deploymentId() {
        return groupId + "/" + cluster;
    }

    /** Which desired state holds. */
    public Order order() {
        return new Order(epoch, fence);
    }

    /** Ids of the instances of a service that are withdrawn. */
    public List<String> withdrawn(String service) {
        return withdrawn.getOrDefault(service, List.of());
    }

    /** Instances desired of a service. */
    public int wanted(String service) {
        return instances.getOrDefault(service, 0);
    }

    DeploymentState counted(SortedMap<String, Integer> nowRunning, SortedMap<String, Integer> nowHealthy) {
        return new DeploymentState(
                groupId,
                cluster,
                version + 1,
                commandId,
                epoch,
                fence,
                digest,
                manifest,
                instances,
                withdrawn,
                deadline,
                upgradeId,
                nowRunning,
                nowHealthy,
                met || isMet(instances, nowRunning, nowHealthy),
                failure);
    }

    DeploymentState failed(Rejection reason) {
        return new DeploymentState(
                groupId,
                cluster,
                version + 1,
                commandId,
                epoch,
                fence,
                digest,
                manifest,
                instances,
                withdrawn,
                deadline,
                upgradeId,
                running,
                healthy,
                met,
                reason);
    }

    static boolean isMet(
            SortedMap<String, Integer> instances,
            SortedMap<String, Integer> running,
            SortedMap<String, Integer> healthy) {
        return instances.entrySet().stream()
                .allMatch(desired -> healthy.getOrDefault(desired.getKey(), 0).equals(desired.getValue())
                        && running.getOrDefault(desired.getKey(), 0).equals(desired.getValue()));
    }
}
