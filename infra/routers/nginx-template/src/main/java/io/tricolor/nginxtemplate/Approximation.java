package io.tricolor.nginxtemplate;

/** What stock nginx can only do in its own way. Each is off unless asked for. */
enum Approximation {
    /** Percent by nginx's own hash: the share is right, the ids are others than those that other routers take. */
    PERCENT,
    /** Affinity by nginx's own hash: the weights are right, an id may go to another cluster than by other routers. */
    AFFINITY
}
