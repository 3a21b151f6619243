package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Manifest;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Absolute desired state: this cluster shall have these instances of this manifest. Repeating it changes nothing. Of two, the one with
 * the higher epoch counts, then the one with the higher fence; the other one is refused, and so is one with both equal and another
 * digest. In revision 1 there are neither {@code epoch}, {@code digest} nor {@code withdrawn}.
 *
 * @param epoch of the group; a higher one is taken up whatever its fence
 * @param fence position in the group's stream on which the desired state was decided; rises within an epoch
 * @param digest lower-case hex of the SHA-256 of the canonical JSON of manifest, instances and withdrawn; empty: not stated
 * @param instances by service name, each from 0; 0 stops the service and keeps its definition
 * @param withdrawn by service name, ids of instances that leave the registry; where the number of instances shrinks, these are
 *     stopped and no others
 * @param deadline after which trying is given up and reported; null: never
 * @param upgradeId the upgrade it belongs to, null for none
 */
@EventType(value = "deploy.ensure-cluster", revision = 2)
public record EnsureCluster(
        String commandId,
        String groupId,
        String cluster,
        long epoch,
        long fence,
        String digest,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, List<String>> withdrawn,
        @Nullable Instant deadline,
        @Nullable String upgradeId)
        implements DeployCommand {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what revision 1 has not
    public EnsureCluster {
        digest = digest == null ? "" : digest;
        withdrawn = Withdrawn.of(withdrawn);
    }
}
