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

    /** Whether nothing more will come of itself: it serves, has failed, or ends. */
    public boolean isSettled() {
        return switch (this) {
            case READY, FAILED, STOPPING, STOPPED -> true;
            case WAITING, STARTING, UNHEALTHY, RESTARTING -> false;
        };
    }
}
