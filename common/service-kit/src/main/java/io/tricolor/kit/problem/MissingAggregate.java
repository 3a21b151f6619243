package io.tricolor.kit.problem;

import io.tricolor.contracts.Rejection;

/** Says what it means that a command names a stream that is not there. A service has at most one bean of this type. */
@FunctionalInterface
public interface MissingAggregate {

    /** For example {@code new Rejection(GROUP_NOT_FOUND, "there is no group " + id)}. */
    Rejection rejectionFor(String aggregateId);
}
