package io.tricolor.routing;

import io.tricolor.contracts.group.ClusterStatus;
import org.jspecify.annotations.Nullable;

/** Where a request goes. */
public sealed interface Decision {

    /** Why; stable names for logs, metrics and the header {@code X-Tricolor-Reason}. */
    Reason reason();

    /**
     * To this cluster.
     *
     * @param status colour of the cluster, never RED
     * @param cohort null: the request is of neither
     */
    record Routed(
            String cluster,
            ClusterStatus status,
            Reason reason,
            @Nullable Cohort cohort) implements Decision {

        /** One of no cohort. */
        public Routed(String cluster, ClusterStatus status, Reason reason) {
            this(cluster, status, reason, null);
        }
    }

    /** To nobody: the router answers 503. */
    record Unrouted(Reason reason) implements Decision {}

    /**
     * Why a request goes where it goes. When a rule matches in several ways, the first of ALL, WHITELIST_ID,
     * WHITELIST_INTERVAL, PERCENT.
     */
    enum Reason {
        /** The cluster takes everybody. */
        ALL,
        /** The id is in the list of the cluster. */
        WHITELIST_ID,
        /** The id lies in an interval of the cluster. */
        WHITELIST_INTERVAL,
        /** The hash of the id is under the cluster's percent. */
        PERCENT,
        /**
         * The cluster that was asked for does not take the request, a GREEN one does: a YELLOW cluster matched but has
         * no healthy instance of the service, or the cluster of the request's lane is unknown, RED or has none.
         */
        FALLBACK,
        /** Every cluster that matches is without a healthy instance of the service. */
        NO_HEALTHY_CLUSTER,
        /** An earlier hop of the same request went to the cluster of this name. */
        LANE
    }
}
