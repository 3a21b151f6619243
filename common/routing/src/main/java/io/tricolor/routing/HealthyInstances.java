package io.tricolor.routing;

/** What a router knows about instances, fixed for the duration of one decision. */
@FunctionalInterface
public interface HealthyInstances {

    /**
     * Healthy instances of a service in a cluster, 0 when nothing is known of it. Not asked twice for a cluster in a
     * decision without lane.
     */
    int count(String cluster, String service);
}
