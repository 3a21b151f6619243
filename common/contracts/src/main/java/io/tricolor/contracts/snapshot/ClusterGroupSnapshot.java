package io.tricolor.contracts.snapshot;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.UpgradeMode;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a group is by its stream, up to one event. A later one replaces it whole: that with the higher (epoch,
 * sequence).
 *
 * @param epoch of the stream
 * @param sequence position in the stream of the last event that is in it
 * @param deleted whether the group has ended; there are no clusters then
 * @param tableVersion the newest route table that was decided, 0: none yet
 * @param clusters by name
 * @param upgrade the one that runs; null: none
 * @param at when that event happened
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@EventType("cluster-group.snapshot")
public record ClusterGroupSnapshot(
        String groupId,
        long epoch,
        long sequence,
        String application,
        String environment,
        boolean deleted,
        long tableVersion,
        SortedMap<String, Cluster> clusters,
        @Nullable Running upgrade,
        Instant at)
        implements StateSnapshot {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing map
    public ClusterGroupSnapshot {
        clusters = Collections.unmodifiableSortedMap(clusters == null ? new TreeMap<>() : new TreeMap<>(clusters));
    }

    /**
     * A cluster.
     *
     * @param status its colour in the newest table
     * @param id whom it takes by that table
     * @param release version of the manifest that it runs or ran last; null: it never ran any
     * @param instances desired, by service
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Cluster(
            ClusterStatus status, IdRule id, @Nullable String release, SortedMap<String, Integer> instances) {}

    /**
     * An upgrade that runs.
     *
     * @param from the cluster that served when it began; null: none did
     * @param step index of the step that runs, from 0
     * @param steps how many there are
     * @param title of that step, for people
     * @param aborting whether it is on its way back
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Running(
            String upgradeId,
            UpgradeMode mode,
            @Nullable String from,
            String to,
            String release,
            int step,
            int steps,
            String title,
            boolean paused,
            boolean aborting) {}
}
