package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One step of an upgrade's plan. The plan is stored with the upgrade, so that replaying a stream never plans anew.
 *
 * @param kind what the step does and waits for
 * @param cluster the cluster it is about; null for a ROUTE that is about no single one
 * @param strategies for ROUTE: strategies that the new table changes; a cluster that is not named keeps its own
 * @param stage for GATE: the stage whose gates are to pass; for ROUTE: {@code cluster} becomes YELLOW with the rule
 *     of this stage
 * @param instances for START and STOP: how many the cluster has after the step, by service; null: all of the upgrade,
 *     or none
 * @param withdraw for START and STOP: ids of instances to be taken out of the registry, by service
 * @param timeout null: no deadline
 * @param title for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpgradeStep(
        Kind kind,
        @Nullable String cluster,
        @Nullable SortedMap<String, RouteStrategy> strategies,
        @Nullable String stage,
        @Nullable SortedMap<String, Integer> instances,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, List<String>> withdraw,

        @Nullable Duration timeout,
        String title) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public UpgradeStep {
        withdraw = withdraw == null ? new TreeMap<>() : withdraw;
    }

    /** A step without instances of its own. */
    public UpgradeStep(
            Kind kind,
            @Nullable String cluster,
            @Nullable SortedMap<String, RouteStrategy> strategies,
            @Nullable String stage,
            @Nullable Duration timeout,
            String title) {
        this(kind, cluster, strategies, stage, null, new TreeMap<>(), timeout, title);
    }

    /** What a step does, and what completes it. */
    public enum Kind {
        /** Asks for the cluster's instances; complete when all are healthy and every live router sees them. */
        START,
        /** Publishes a table; complete when every live router has applied it. */
        ROUTE,
        /** Waits for the gates of a stage. */
        GATE,
        /** Waits until no live router has a request in flight to the cluster, or the deadline passes. */
        DRAIN,
        /** Asks for fewer instances of the cluster, or none; complete when no more run. */
        STOP
    }
}
