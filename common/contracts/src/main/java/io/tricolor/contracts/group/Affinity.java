package io.tricolor.contracts.group;

/** How a router chooses when several clusters of one colour match. */
public enum Affinity {
    /** By a hash of the id: the same user, the same cluster, while the set stays. */
    ID,
    /** At random for each request. */
    NONE
}
