package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Where a router sends requests to, of the clusters A (0) and B (1). */
final class Targets {

    private Targets() {}

    /**
     * By the routing decision of production, for each id; -1: to none.
     *
     * @param known bits of the clusters of which the router knows an instance
     * @param ids null: a request without id
     */
    static int[] of(SortedMap<String, RouteStrategy> strategies, int known, @Nullable String... ids) {
        CompiledTable table = CompiledTable.of(new RouteTable(
                "shop",
                1,
                1,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, "/shop", "web")),
                strategies));
        return Arrays.stream(ids).mapToInt(id -> target(table, known, id)).toArray();
    }

    private static int target(CompiledTable table, int known, @Nullable String id) {
        Decision decision = table.decide(
                RequestId.of(id), "web", (cluster, service) -> known >> (cluster.equals("A") ? 0 : 1) & 1, 0);
        return switch (decision) {
            case Decision.Routed routed -> routed.cluster().equals("A") ? 0 : 1;
            case Decision.Unrouted none -> -1;
        };
    }
}
