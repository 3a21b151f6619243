package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import java.util.List;

/**
 * How requests reach a group and find their users; together with the strategies of the clusters this is the route
 * table.
 *
 * @param epoch of its tables
 * @param tableVersion of the newest table; 0 before the first
 */
public record Traffic(long epoch, long tableVersion, List<Entry> entries, IdentitySource identity, Affinity affinity) {

    Traffic atTable(long version) {
        return new Traffic(epoch, version, entries, identity, affinity);
    }
}
