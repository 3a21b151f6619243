package io.tricolor.monitor.drain.domain;

/** Whether a cluster is at zero. */
public enum Verdict {
    /** Every router has applied a table in which the cluster is RED, and has no request of it in flight. */
    DRAINED,
    /** A router still has requests of it in flight, or has not applied the newest table yet. */
    DRAINING,
    /** Cannot be told. Never to be taken for DRAINED. */
    INCONCLUSIVE
}
