package io.tricolor.routing;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws tables and requests in which corners are common. The same seed draws the same on every Java. */
final class Cases {

    private static final long[] CORNERS = {
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        -9007199254740993L,
        -1,
        0,
        1,
        2,
        100,
        101,
        9007199254740991L,
        9007199254740992L,
        9007199254740993L,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE
    };
    private static final String[] TEXTS = {
        "alice",
        "Alice",
        "a-b_c",
        "007",
        "+7",
        "-0",
        "00",
        "1.0",
        "1e3",
        "9223372036854775808",
        "-9223372036854775809",
        "Zoë",
        "用户",
        "1 2",
        "x".repeat(256)
    };
    private static final String[] PERCENTS = {"0", "0.01", "0.50", "1", "12.34", "50", "99.99", "100"};

    private final Random random;

    Cases(long seed) {
        random = new Random(seed);
    }

    RouteTable table() {
        while (true) {
            SortedMap<String, RouteStrategy> clusters = new TreeMap<>();
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                clusters.put(
                        String.valueOf((char) ('A' + i)),
                        new RouteStrategy(ClusterStatus.values()[random.nextInt(3)], rule()));
            }
            if (clusters.values().stream().anyMatch(RouteStrategy::takesRequestsWithoutId)) {
                return table("shop", random.nextInt(3) == 0 ? Affinity.NONE : Affinity.ID, clusters);
            }
        }
    }

    static RouteTable table(String group, Affinity affinity, Map<String, RouteStrategy> clusters) {
        return new RouteTable(
                group,
                1,
                1,
                affinity,
                IdentitySource.standard(),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(clusters));
    }

    private IdRule rule() {
        if (random.nextInt(3) == 0) {
            return IdRule.everybody();
        }
        List<String> ids = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            ids.add(id());
        }
        List<IdInterval> intervals = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            long one = number();
            long other = random.nextBoolean() ? number() : one + random.nextInt(50);
            intervals.add(new IdInterval(Math.min(one, other), Math.max(one, other)));
        }
        BigDecimal percent = random.nextInt(3) == 0 ? new BigDecimal(PERCENTS[random.nextInt(PERCENTS.length)]) : null;
        return new IdRule(random.nextInt(12) == 0, ids, intervals, percent);
    }

    private long number() {
        return switch (random.nextInt(4)) {
            case 0 -> CORNERS[random.nextInt(CORNERS.length)];
            case 1 -> random.nextLong();
            default -> random.nextInt(200) - 20;
        };
    }

    private String id() {
        return random.nextInt(4) == 0 ? TEXTS[random.nextInt(TEXTS.length)] : Long.toString(number());
    }

    /** Often one that the table names, or a neighbour of it. */
    Optional<String> requestId(RouteTable table) {
        List<String> named = new ArrayList<>();
        table.clusters().values().forEach(strategy -> {
            named.addAll(strategy.id().ids());
            strategy.id().intervals().forEach(interval -> {
                named.add(Long.toString(interval.from()));
                named.add(Long.toString(interval.to()));
                named.add(Long.toString(interval.from() - 1));
                named.add(Long.toString(interval.to() + 1));
            });
        });
        return switch (random.nextInt(8)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(" " + id() + "\t");
            case 2, 3, 4 -> Optional.of(named.isEmpty() ? id() : named.get(random.nextInt(named.size())));
            default -> Optional.of(id());
        };
    }

    SortedMap<String, Integer> healthy(RouteTable table) {
        SortedMap<String, Integer> healthy = new TreeMap<>();
        table.clusters().keySet().forEach(cluster -> {
            int count = random.nextInt(5);
            if (count > 0 || random.nextBoolean()) {
                healthy.put(cluster, count);
            }
        });
        return healthy;
    }

    /** None, one of the table's, or one that it does not have. */
    Optional<String> lane(RouteTable table) {
        List<String> clusters = List.copyOf(table.clusters().keySet());
        return switch (random.nextInt(6)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of("Z");
            default -> Optional.of(clusters.get(random.nextInt(clusters.size())));
        };
    }

    long entropy() {
        return random.nextInt(6) == 0 ? CORNERS[random.nextInt(CORNERS.length)] : random.nextLong();
    }
}
