package io.tricolor.standalone.suite;

/** Where a process of the suite is in its life. */
public enum PartState {
    /** For the processes that it needs. */
    WAITING,
    STARTING,
    READY,
    /** It runs and does not answer its health question. */
    UNHEALTHY,
    /** It ended by itself and will be started again in a moment. */
    RESTARTING,
    /** It never became ready and is not tried again. */
    FAILED,
    STOPPING,
    STOPPED;

    /** Whether the first start is over, well or badly. */
    public boolean isSettled() {
        return this != WAITING && this != STARTING;
    }
}
