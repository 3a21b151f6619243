package io.tricolor.loggateway.search;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What retention has left of a data stream. It removes whole backing indices, the oldest first.
 *
 * @param since when the oldest index that is left was made, by the clock of Elasticsearch; null when none was removed,
 *     so that everything that was ever indexed is to be there
 */
record Kept(@Nullable Instant since) {

    /** Nothing was removed. */
    static final Kept ALL = new Kept(null);

    static Kept since(Instant time) {
        return new Kept(time);
    }
}
