package io.tricolor.routing;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The decision written down as plainly as possible, sharing no code with the compiled one. Slow. */
final class NaiveRouter {

    private NaiveRouter() {}

    /** {@code possible}: every cluster that some other entropy could choose. */
    record Answer(Optional<String> cluster, Optional<ClusterStatus> status, String reason, TreeSet<String> possible) {}

    static Answer decide(RouteTable table, Optional<String> rawId, Map<String, Integer> healthy, BigInteger entropy) {
        return decide(table, rawId, healthy, entropy, Optional.empty());
    }

    static Answer decide(
            RouteTable table,
            Optional<String> rawId,
            Map<String, Integer> healthy,
            BigInteger entropy,
            Optional<String> lane) {
        Optional<String> id = rawId.map(String::trim)
                .filter(text -> !text.isEmpty() && text.getBytes(StandardCharsets.UTF_8).length <= 256);
        if (lane.isPresent()) {
            boolean running = table.clusters().containsKey(lane.get())
                    && table.clusters().get(lane.get()).status() != ClusterStatus.RED
                    && healthy.getOrDefault(lane.get(), 0) > 0;
            if (running) {
                return answer(table, List.of(lane.get()), id, lane.get(), "LANE");
            }
            List<String> others = usable(matching(table, ClusterStatus.GREEN, id), healthy);
            if (!others.isEmpty()) {
                return answer(table, others, id, choose(table, others, id, healthy, entropy), "FALLBACK");
            }
        }
        List<String> yellowMatching = matching(table, ClusterStatus.YELLOW, id);
        List<String> greenMatching = matching(table, ClusterStatus.GREEN, id);
        List<String> yellow = usable(yellowMatching, healthy);
        List<String> green = usable(greenMatching, healthy);
        if (!yellow.isEmpty()) {
            String chosen = choose(table, yellow, id, healthy, entropy);
            return answer(table, yellow, id, chosen, how(table, chosen, id).orElseThrow());
        }
        if (!green.isEmpty()) {
            String chosen = choose(table, green, id, healthy, entropy);
            String reason = yellowMatching.isEmpty() ? how(table, chosen, id).orElseThrow() : "FALLBACK";
            return answer(table, green, id, chosen, reason);
        }
        return new Answer(Optional.empty(), Optional.empty(), "NO_HEALTHY_CLUSTER", new TreeSet<>());
    }

    /** Of which cohort the request is that got this answer. */
    static Optional<String> cohort(RouteTable table, Optional<String> id, Answer answer) {
        List<IdRule> drawn = table.clusters().values().stream()
                .filter(strategy -> strategy.status() == ClusterStatus.YELLOW)
                .map(RouteStrategy::id)
                .filter(rule -> rule.percent() != null && rule.percent().signum() > 0)
                .toList();
        if (id.isEmpty() || drawn.size() != 1) {
            return Optional.empty();
        }
        IdRule rule = drawn.get(0);
        boolean namesNobody = !rule.all()
                && rule.ids().isEmpty()
                && rule.intervals().isEmpty()
                && rule.idLists().isEmpty();
        BigDecimal share = rule.percent();
        if (!namesNobody || share.compareTo(new BigDecimal(50)) > 0) {
            return Optional.empty();
        }
        if (answer.reason().equals("PERCENT") && answer.status().equals(Optional.of(ClusterStatus.YELLOW))) {
            return Optional.of("canary");
        }
        boolean isAmongTheLast = new BigDecimal(9_999 - murmur(table.group() + ":" + id.get()) % 10_000)
                        .compareTo(share.multiply(new BigDecimal(100)))
                < 0;
        boolean byItsOwnRule =
                !List.of("FALLBACK", "LANE", "NO_HEALTHY_CLUSTER").contains(answer.reason());
        return answer.status().equals(Optional.of(ClusterStatus.GREEN)) && byItsOwnRule && isAmongTheLast
                ? Optional.of("control")
                : Optional.empty();
    }

    private static Answer answer(
            RouteTable table, List<String> candidates, Optional<String> id, String chosen, String reason) {
        boolean byId = id.isPresent() && table.affinity() == Affinity.ID;
        return new Answer(
                Optional.of(chosen),
                Optional.of(table.clusters().get(chosen).status()),
                reason,
                new TreeSet<>(byId ? List.of(chosen) : candidates));
    }

    private static List<String> matching(RouteTable table, ClusterStatus status, Optional<String> id) {
        return table.clusters().keySet().stream()
                .filter(cluster -> table.clusters().get(cluster).status() == status)
                .filter(cluster -> how(table, cluster, id).isPresent())
                .toList();
    }

    private static List<String> usable(List<String> clusters, Map<String, Integer> healthy) {
        return clusters.stream().filter(c -> healthy.getOrDefault(c, 0) > 0).toList();
    }

    private static Optional<String> how(RouteTable table, String cluster, Optional<String> id) {
        IdRule rule = table.clusters().get(cluster).id();
        if (rule.all()) {
            return Optional.of("ALL");
        }
        if (id.isEmpty()) {
            return Optional.empty();
        }
        if (rule.ids().contains(id.get())) {
            return Optional.of("WHITELIST_ID");
        }
        Optional<BigInteger> number = number(id.get());
        for (IdInterval interval : rule.intervals()) {
            if (number.isPresent()
                    && number.get().compareTo(BigInteger.valueOf(interval.from())) >= 0
                    && number.get().compareTo(BigInteger.valueOf(interval.to())) <= 0) {
                return Optional.of("WHITELIST_INTERVAL");
            }
        }
        BigDecimal percent = rule.percent();
        if (percent != null
                && new BigDecimal(murmur(table.group() + ":" + id.get()) % 10_000)
                                .compareTo(percent.multiply(new BigDecimal(100)))
                        < 0) {
            return Optional.of("PERCENT");
        }
        return Optional.empty();
    }

    static Optional<BigInteger> number(String text) {
        try {
            BigInteger number = new BigInteger(text);
            return number.toString().equals(text) && number.bitLength() <= 63 ? Optional.of(number) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static String choose(
            RouteTable table,
            List<String> clusters,
            Optional<String> id,
            Map<String, Integer> healthy,
            BigInteger entropy) {
        if (id.isPresent() && table.affinity() == Affinity.ID) {
            String winner = "";
            long highest = -1;
            for (String cluster : clusters) {
                for (int i = 0; i < healthy.get(cluster); i++) {
                    long score = murmur(cluster + ":" + i + ":" + id.get());
                    if (score > highest) {
                        winner = cluster;
                        highest = score;
                    }
                }
            }
            return winner;
        }
        List<String> slots = new ArrayList<>();
        clusters.forEach(cluster -> {
            for (int i = 0; i < healthy.get(cluster); i++) {
                slots.add(cluster);
            }
        });
        BigInteger unsigned = entropy.signum() < 0 ? entropy.add(BigInteger.ONE.shiftLeft(64)) : entropy;
        return slots.get(unsigned.mod(BigInteger.valueOf(slots.size())).intValueExact());
    }

    /** MurmurHash3 x86 32-bit, seed 0, in 64-bit arithmetic. */
    static long murmur(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer padded = ByteBuffer.allocate(bytes.length / 4 * 4 + 4).order(ByteOrder.LITTLE_ENDIAN);
        padded.put(bytes).rewind();
        long h = 0;
        for (int block = 0; block < bytes.length / 4; block++) {
            h ^= mixed(padded.getInt() & 0xffffffffL);
            h = (rotated(h, 13) * 5 + 0xe6546b64L) & 0xffffffffL;
        }
        h ^= mixed(padded.getInt() & 0xffffffffL);
        h ^= bytes.length;
        h = ((h ^ (h >> 16)) * 0x85ebca6bL) & 0xffffffffL;
        h = ((h ^ (h >> 13)) * 0xc2b2ae35L) & 0xffffffffL;
        return h ^ (h >> 16);
    }

    private static long mixed(long k) {
        return (rotated((k * 0xcc9e2d51L) & 0xffffffffL, 15) * 0x1b873593L) & 0xffffffffL;
    }

    private static long rotated(long value, int bits) {
        return ((value << bits) | (value >> (32 - bits))) & 0xffffffffL;
    }
}
