package io.tricolor.gateway;

/** Randomness for requests that no id decides. */
@FunctionalInterface
interface Entropy {

    /** Any int64. */
    long next();
}
