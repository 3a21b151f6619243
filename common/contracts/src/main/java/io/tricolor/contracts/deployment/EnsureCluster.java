package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Manifest;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Absolute desired state: this cluster shall have these instances of this manifest. Repeating it changes nothing. A desired state with a lower fence
 * than one already seen for the same cluster is refused.
 *
 * @param fence position in the group's stream on which the desired state was decided; rises
 * @param instances by service name, each from 0; 0 stops the service and keeps its definition
 * @param deadline after which trying is given up and reported; null: never
 * @param upgradeId the upgrade it belongs to, null for none
 */
@EventType("deploy.ensure-cluster")
public record EnsureCluster(
        String commandId,
        String groupId,
        String cluster,
        long fence,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        @Nullable Instant deadline,
        @Nullable String upgradeId)
        implements DeployCommand {}
