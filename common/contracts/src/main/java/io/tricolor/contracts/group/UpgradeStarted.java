package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade began; its first step runs.
 *
 * @param from the cluster that serves; null for INSTALL
 * @param to the cluster that shall serve
 * @param manifest what {@code to} shall run
 * @param instances of {@code to}, by service name
 * @param stages of a grayscale upgrade, and one for each batch of a rolling one that has gates; steps name them. In
 *     revision 1 each step carried its own
 * @param steps the plan
 * @param rollbackPointId for ROLLBACK: where to
 * @param rolling for ROLLING: by how many instances; there since revision 3, as the mode is
 * @param source the template that the plan was made by; null: none. There since revision 4, as {@code train} is
 * @param train which it is a part of; null: none
 */
@EventType(value = "cluster-group.upgrade-started", revision = 4)
public record UpgradeStarted(
        String groupId,
        String upgradeId,
        UpgradeMode mode,
        @Nullable String from,
        String to,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        List<Stage> stages,
        List<UpgradeStep> steps,
        UpgradePolicy policy,
        @Nullable String rollbackPointId,
        @Nullable RollingPolicy rolling,
        @Nullable PlanSource source,
        @Nullable Train train,
        String requestedBy,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
