package io.tricolor.strategy.audit;

import org.jspecify.annotations.Nullable;

/**
 * Something that is not as it was stored.
 *
 * @param stream the group, null when it is about the roots themselves
 * @param sequence of the event, or the number of the root
 * @param detail in words
 * @param root the first root that proves it to somebody who does not believe the database, null when only the chain
 *     within the database says so
 */
record Finding(
        Kind kind,
        @Nullable String stream,
        long sequence,
        String detail,
        @Nullable Long root) {

    /** What happened to it. */
    enum Kind {
        /** The row has other content than when it was chained. */
        EDITED,
        /** The row is gone. */
        REMOVED,
        /** The row holds what was another event of its stream. */
        MOVED,
        /** The row is of later than its place says. */
        INSERTED,
        /** The chain itself is not what roots or its own links say. */
        REWRITTEN,
        /** A root is missing, altered, or signed by somebody else. */
        BAD_ROOT,
        /** What was before a restore of the database, and the group has begun a new epoch since. */
        SUPERSEDED
    }

    Finding provenBy(@Nullable Long number) {
        return new Finding(kind, stream, sequence, detail, number);
    }
}
