package io.tricolor.monitor.traffic.domain;

import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.gate.domain.RouterCounters.Cluster;
import io.tricolor.monitor.gate.domain.RouterCounters.Counts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes rates of counters: what all routers together have counted between two readings, over the time in between. Of a
 * router that was not read before, or that began anew, nothing is known for the first reading. Not safe for threads.
 */
public final class TrafficMeter {

    private static final double TAIL = 0.95;

    private final Duration window;
    private final Map<String, RouterCounters> last = new HashMap<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private @Nullable Instant readAt;

    /** What was counted between two readings. */
    private record Step(Instant from, Instant to, Map<Cluster, Counts> counted) {}

    /**
     * Traffic of a cluster.
     *
     * @param requestsPerSecond answered, whatever the answer
     * @param errorsPerSecond answered 5xx, by the cluster or by the router for it
     * @param slowest95thSeconds so long did all but a twentieth take at the most, by the bounds of the routers'
     *     histograms; null: there was none, or longer than the last bound
     */
    public record Rate(
            double requestsPerSecond,
            double errorsPerSecond,
            @Nullable Double slowest95thSeconds) {}

    /**
     * Traffic by group and cluster.
     *
     * @param seconds over which it was measured; 0: there was one reading only, so nothing is known yet
     */
    public record Traffic(double seconds, SortedMap<String, SortedMap<String, Rate>> groups) {}

    /** Rates over at most that time. */
    public TrafficMeter(Duration window) {
        this.window = window;
    }

    /** Takes a reading in; a router that could not be read is not in it, and is counted on when it is back. */
    public void take(Map<String, RouterCounters> pages, Instant at) {
        Map<Cluster, Counts> counted = new HashMap<>();
        pages.forEach((router, page) -> {
            RouterCounters before = last.put(router, page);
            if (before != null && Double.compare(before.started(), page.started()) == 0) {
                page.clusters().forEach((cluster, counts) -> {
                    Counts more = difference(before.clusters().get(cluster), counts);
                    // Those of a cohort are counted among all of the cluster already.
                    if (more.answered() > 0 && cluster.cohort().isEmpty()) {
                        counted.merge(cluster, more, Counts::plus);
                    }
                });
            }
        });
        if (readAt != null) {
            steps.addLast(new Step(readAt, at, counted));
        }
        readAt = at;
        Instant oldest = at.minus(window);
        while (steps.size() > 1 && steps.getFirst().from().isBefore(oldest)) {
            steps.removeFirst();
        }
    }

    /** Forgets routers that are not there any more. */
    public void keepOnly(Set<String> routers) {
        last.keySet().retainAll(routers);
    }

    /** When the last reading was; null: never. */
    public @Nullable Instant readAt() {
        return readAt;
    }

    /** Counters that went back say nothing. */
    private static Counts difference(@Nullable Counts before, Counts now) {
        if (before == null) {
            return now;
        }
        if (now.answered() < before.answered() || now.errors() < before.errors()) {
            return new Counts(0, 0, new TreeMap<>());
        }
        NavigableMap<Double, Long> within = new TreeMap<>();
        now.within()
                .forEach((bound, count) ->
                        within.put(bound, Math.max(0, count - before.within().getOrDefault(bound, 0L))));
        return new Counts(now.answered() - before.answered(), now.errors() - before.errors(), within);
    }

    /** Over the readings of the window. */
    public Traffic traffic() {
        if (steps.isEmpty()) {
            return new Traffic(0, new TreeMap<>());
        }
        double seconds =
                Duration.between(steps.getFirst().from(), steps.getLast().to()).toMillis() / 1000.0;
        SortedMap<String, SortedMap<String, Counts>> sums = new TreeMap<>();
        steps.forEach(step -> step.counted()
                .forEach((cluster, counts) -> sums.computeIfAbsent(cluster.group(), group -> new TreeMap<>())
                        .merge(cluster.cluster(), counts, Counts::plus)));
        SortedMap<String, SortedMap<String, Rate>> groups = new TreeMap<>();
        sums.forEach((group, clusters) -> {
            SortedMap<String, Rate> rates = new TreeMap<>();
            clusters.forEach((cluster, counts) -> rates.put(
                    cluster,
                    new Rate(rounded(counts.answered() / seconds), rounded(counts.errors() / seconds), tail(counts))));
            groups.put(group, rates);
        });
        return new Traffic(seconds, groups);
    }

    private static double rounded(double perSecond) {
        return Math.round(perSecond * 100) / 100.0;
    }

    /** The bound under which enough were; where routers have other bounds each adds to its own. */
    private static @Nullable Double tail(Counts counts) {
        long all = counts.within().isEmpty() ? 0 : counts.within().lastEntry().getValue();
        if (all == 0) {
            return null;
        }
        for (var bucket : counts.within().entrySet()) {
            if (bucket.getValue() >= TAIL * all) {
                return bucket.getKey().isInfinite() ? null : bucket.getKey();
            }
        }
        return null;
    }
}
