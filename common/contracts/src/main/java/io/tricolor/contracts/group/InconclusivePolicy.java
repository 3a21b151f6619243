package io.tricolor.contracts.group;

/** What happens when the gates of a stage have not come to a verdict in time. */
public enum InconclusivePolicy {
    /** Go on waiting; the stage has no deadline. */
    HOLD,
    /** Wait for as long again, {@value Stage#MOST_EXTENSIONS} times, then stop and wait for a person. */
    EXTEND,
    /** Stop and wait for a person. */
    PAUSE,
    /** Abort the upgrade: traffic goes back to the cluster that served before. */
    ROLL_BACK
}
