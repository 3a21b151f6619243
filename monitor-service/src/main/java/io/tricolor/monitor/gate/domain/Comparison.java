package io.tricolor.monitor.gate.domain;

/** What a canary is compared with; chosen when a judgement begins, and kept. */
public enum Comparison {
    /** With users of the baseline who were drawn by the same hash and are as many: a random sample against another. */
    COHORTS,
    /** With all requests to the baseline meanwhile: not the same users. */
    CLUSTERS,
    /** With a share of bad requests that the gate names. */
    LIMIT,
    /** With what was counted of the baseline before it was left by everybody. */
    BEFORE
}
