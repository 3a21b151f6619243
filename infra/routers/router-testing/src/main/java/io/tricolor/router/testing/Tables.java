package io.tricolor.router.testing;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.RouteTable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tables that tests publish. */
public final class Tables {

    private Tables() {}

    public static RouteTable table(long epoch, long version, Map<String, RouteStrategy> clusters) {
        return new RouteTable(
                "shop",
                epoch,
                version,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(clusters));
    }

    /** Everybody to A, id 42 to B; the id is what is at a path in the claims of a token. */
    public static RouteTable byClaim(long version, String path) {
        return new RouteTable(
                "shop",
                1,
                version,
                Affinity.ID,
                new IdentitySource(List.of(), List.of(), List.of(), List.of(path)),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("42"), List.of(), null)))));
    }

    /** Of another group: everybody below a path to one cluster. */
    public static RouteTable table(String group, long version, String path, String green) {
        return new RouteTable(
                group,
                1,
                version,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, path, "web")),
                new TreeMap<>(Map.of(green, RouteStrategy.green())));
    }

    /** Everybody to A, ids 1, alice and 600 to 10000 to B. */
    public static RouteTable seed(long version) {
        return table(
                1,
                version,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(
                                new IdRule(false, List.of("1", "alice"), List.of(new IdInterval(600, 10_000)), null))));
    }

    /** Everybody to one cluster, nobody to the other. */
    public static RouteTable only(long version, String green, String red) {
        return table(1, version, Map.of(green, RouteStrategy.green(), red, RouteStrategy.red()));
    }
}
