package io.tricolor.contracts.router;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a router tells strategy-service about itself ({@code PUT /api/routers/{routerId}}): at once after a table was applied, when the
 * counts of a draining cluster reach zero, and every second while nothing changes.
 *
 * @param routerId stable over restarts of the same router
 * @param bootId new with every start
 * @param kind for example {@code gateway}, {@code nginx}
 * @param address where its metrics can be read, host:port; null if nowhere
 * @param workers applied state of every worker of the router; a router with one process has one worker
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RouterReport(
        String routerId,
        String bootId,
        String kind,
        @Nullable String address,
        List<WorkerReport> workers) {

    /**
     * One worker's state.
     *
     * @param worker number or name, unique in the router
     * @param groups by group id
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record WorkerReport(String worker, SortedMap<String, GroupReport> groups) {}

    /**
     * The table a worker routes a group by. In-flight counts are read after the table was applied.
     *
     * @param epoch of the applied table
     * @param version of the applied table; durable on the router's disk before it is reported
     * @param inFlight requests not yet answered, by cluster; a cluster that is missing has none
     * @param usableInstances ids of the instances this worker would send to, as the registry names them, by cluster, then by service;
     *     missing: none. Ids and not a number, so that instances of before a restart are not taken for those of after it
     * @param rejectedVersion the newest version it refused to apply, null for none
     * @param rejection why it refused, null for none
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record GroupReport(
            long epoch,
            long version,
            SortedMap<String, Integer> inFlight,
            SortedMap<String, Map<String, List<String>>> usableInstances,
            @Nullable Long rejectedVersion,
            @Nullable String rejection) {}
}
