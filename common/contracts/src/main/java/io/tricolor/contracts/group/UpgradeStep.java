package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One step of an upgrade's plan. The plan is stored with the upgrade, so that replaying a stream never plans anew.
 *
 * @param kind what the step does and waits for
 * @param cluster the cluster it is about; null only for ROUTE
 * @param strategies for ROUTE: the strategies of all clusters in the new table
 * @param stage for GATE: the stage to be passed
 * @param timeout null: no deadline
 * @param title for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpgradeStep(
        Kind kind,
        @Nullable String cluster,
        @Nullable SortedMap<String, RouteStrategy> strategies,
        @Nullable Stage stage,
        @Nullable Duration timeout,
        String title) {

    /** What a step does, and what completes it. */
    public enum Kind {
        /** Asks for the cluster's instances; complete when all are healthy and every live router sees them. */
        START,
        /** Publishes a table; complete when every live router has applied it. */
        ROUTE,
        /** Waits for the approval and the bake time of a stage. */
        GATE,
        /** Waits until no live router has a request in flight to the cluster, or the deadline passes. */
        DRAIN,
        /** Asks for no instances of the cluster; complete when none runs. */
        STOP
    }
}
