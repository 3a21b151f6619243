package io.tricolor.contracts.group;

/** What happens when a step does not reach its goal in time. */
public enum ExpiryPolicy {
    /** Wait again, as often as it takes. */
    RETRY,
    /** Stop and wait for a person. */
    PAUSE,
    /** Abort the upgrade: traffic goes back to the cluster that served before. */
    ROLL_BACK
}
