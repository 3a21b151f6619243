package io.tricolor.contracts.router;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a router reports to strategy-service ({@code PUT /api/routers/{routerId}}): the groups that have changed, at
 * most every 100 ms
 * but at once when the last request to a RED cluster has ended; nothing, every few seconds, to show that it is there;
 * and every 30 s all groups,
 * in as many parts as it takes. The first reports of a boot are such a full round. A router with several workers has
 * folded them: the oldest
 * table, the sum of the requests, the instances that all of them know.
 *
 * @param routerId stable over restarts of the same router
 * @param bootId new with every start
 * @param kind for example {@code gateway}, {@code nginx}
 * @param address where its metrics can be read, host:port; null if nowhere
 * @param sequence rises with every report of a boot; one that is not above the last is dropped
 * @param round number of the full round that this is a part of, rising; 0: of none
 * @param last whether this is the last part of its round: groups that were in no part are no longer there
 * @param groups by group id
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RouterReport(
        String routerId,
        String bootId,
        String kind,
        @Nullable String address,
        long sequence,
        long round,
        boolean last,
        SortedMap<String, GroupReport> groups) {

    /** Largest report in bytes; a full round that is larger comes in parts. */
    public static final int MAX_BYTES = 256 * 1024;

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public RouterReport {
        groups = groups == null ? Collections.emptySortedMap() : groups;
    }

    /**
     * The table that a group is routed by. Counts are read after the table was applied.
     *
     * @param epoch of the oldest table that a worker routes by; 0 with version 0: none
     * @param version of that table; durable on the router's disk before it is reported
     * @param sha256 of that table as it was received; empty: none
     * @param inFlight requests not yet answered, by cluster; a cluster that is missing has none
     * @param inFlightInstances the same by cluster, then service, then id of the instance; only counts above 0
     * @param usableInstances ids of the instances that every worker would send to, as the registry names them, by
     *     cluster, then by service;
     *     missing: none. Ids and not a number, so that instances of before a restart are not taken for those of after
     *     it
     * @param incomplete whether the word of a worker is missing: nothing follows from the rest then, neither that a
     *     table was applied nor
     *     that a cluster is drained
     * @param rejectedVersion the newest version it refused to apply, null for none, or when what was refused has none
     * @param rejection why it refused, null for none
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GroupReport(
            long epoch,
            long version,
            String sha256,
            SortedMap<String, Integer> inFlight,
            SortedMap<String, SortedMap<String, SortedMap<String, Integer>>> inFlightInstances,
            SortedMap<String, SortedMap<String, List<String>>> usableInstances,
            boolean incomplete,
            @Nullable Long rejectedVersion,
            @Nullable String rejection) {

        /** Throws {@link IllegalArgumentException} when the identity is not one. Missing maps become empty ones. */
        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        public GroupReport {
            sha256 = new TableIdentity(epoch, version, sha256).sha256();
            inFlight = inFlight == null ? new TreeMap<>() : inFlight;
            inFlightInstances = inFlightInstances == null ? new TreeMap<>() : inFlightInstances;
            usableInstances = usableInstances == null ? new TreeMap<>() : usableInstances;
        }

        /** Of a router that has no table of the group. */
        public static GroupReport none() {
            return new GroupReport(0, 0, "", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), false, null, null);
        }

        public TableIdentity identity() {
            return new TableIdentity(epoch, version, sha256);
        }

        /** Ids of the instances of a service of a cluster that every worker would send to. */
        public List<String> usable(String cluster, String service) {
            Map<String, List<String>> services = usableInstances.get(cluster);
            List<String> ids = services == null ? null : services.get(service);
            return ids == null ? List.of() : ids;
        }
    }

    /**
     * Answer to a report.
     *
     * @param evicted whether a person declared this boot of the router gone: it begins as a new boot
     * @param resync whether strategy-service does not know what the report builds upon: a full round is due at once
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Answer(boolean evicted, boolean resync) {}
}
