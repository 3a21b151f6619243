package io.tricolor.contracts.group;

import java.util.List;

/**
 * Which versions of the application's stored data a release understands. What one release has written has to be read by
 * the one that serves after it, and by one that serves beside it.
 *
 * @param reads versions that it reads, at least the one that it writes
 * @param writes version that it writes, from 0
 */
public record DataSchema(List<Integer> reads, int writes) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public DataSchema {
        reads = reads == null ? List.of() : List.copyOf(reads);
    }

    /** Whether a release with this window understands what the other one writes. */
    public boolean understands(DataSchema other) {
        return reads.contains(other.writes());
    }
}
