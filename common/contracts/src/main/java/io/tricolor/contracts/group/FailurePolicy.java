package io.tricolor.contracts.group;

/** What happens when a gate of a stage says FAIL. */
public enum FailurePolicy {
    /** Abort the upgrade: traffic goes back to the cluster that served before. */
    ROLL_BACK,
    /** Stop and wait for a person. */
    PAUSE
}
