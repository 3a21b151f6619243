package io.tricolor.contracts.router;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * Answer to a router's long poll for tables, {@code GET
 * /api/route-tables/changes?router=<id>&since=<cursor>&wait=20s}: the tables
 * that the router is to run and that have changed after the cursor. What is not in it has not changed; nothing ends
 * by not being named.
 *
 * @param cursor to be given as {@code since} next time; any strategy-service of the same database understands it
 * @param complete whether these are all changes; when not, the router asks again at once
 * @param reset whether {@code since} was not understood, so that the answers begin with every table
 * @param tables at most one of a group
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TableChanges(String cursor, boolean complete, boolean reset, List<Change> tables) {

    /** Longest documents of one answer together, in bytes, unless a single one is longer. */
    public static final int MAX_BYTES = 1 << 20;

    /**
     * A table.
     *
     * @param sha256 of the bytes of {@code document} in UTF-8
     * @param document the route table as JSON, in its canonical form; one that is deleted is there as well
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Change(String group, long epoch, long version, String sha256, String document) {

        public TableIdentity identity() {
            return new TableIdentity(epoch, version, sha256);
        }
    }
}
