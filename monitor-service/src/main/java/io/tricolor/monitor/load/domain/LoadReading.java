package io.tricolor.monitor.load.domain;

import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.gate.domain.RouterCounters.Cluster;
import io.tricolor.monitor.gate.domain.RouterCounters.Counts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What routers and instances show at one moment.
 *
 * @param routersKnown whether it is known which routers there are
 * @param routers pages by router
 * @param unread routers that could not be read, with the reason
 * @param instances that are registered and healthy
 */
public record LoadReading(
        Instant at,
        boolean routersKnown,
        SortedMap<String, RouterCounters> routers,
        List<String> unread,
        List<InstanceReading> instances) {

    private static final double MILLIS = 1_000;

    /** Two starts that differ by less are one: what a page says is rounded. */
    private static final double SAME_START = 1.5;

    /** Copies the lists. */
    public LoadReading {
        unread = List.copyOf(unread);
        instances = List.copyOf(instances);
    }

    /** Requests of one service, together. */
    private record Requests(@Nullable Double perSecond, boolean complete) {}

    /** Processors of one service's instances, on average. */
    private record Cores(@Nullable Double each, boolean complete) {}

    /**
     * What services of a group had to do since an earlier reading, for each cluster of which anything is known.
     *
     * @param before an earlier reading
     */
    public List<LoadObserved> since(LoadReading before, String group, Set<String> services) {
        List<LoadObserved> observed = new ArrayList<>();
        for (String service : services) {
            for (String cluster : clusters(group, service)) {
                observed.add(since(before, group, cluster, service));
            }
        }
        return observed;
    }

    private SortedSet<String> clusters(String group, String service) {
        SortedSet<String> clusters = new TreeSet<>();
        for (InstanceReading instance : instances) {
            if (instance.group().equals(group) && instance.service().equals(service)) {
                clusters.add(instance.cluster());
            }
        }
        return clusters;
    }

    private LoadObserved since(LoadReading before, String group, String cluster, String service) {
        double seconds = Duration.between(before.at(), at).toMillis() / MILLIS;
        List<String> missing = new ArrayList<>();
        Requests requests = requests(before, new Cluster(group, service, cluster), seconds, missing);
        List<InstanceReading> mine = of(group, cluster, service);
        Cores cores = cores(before, mine, seconds, missing);
        return new LoadObserved(
                group,
                cluster,
                service,
                before.at(),
                at,
                mine.size(),
                requests.perSecond(),
                requests.complete(),
                cores.each(),
                cores.complete(),
                missing);
    }

    private Requests requests(LoadReading before, Cluster cluster, double seconds, List<String> missing) {
        if (!routersKnown || !before.routersKnown()) {
            missing.add("it is not known which routers there are");
        }
        missing.addAll(unread);
        before.routers().keySet().stream()
                .filter(router -> !routers.containsKey(router))
                .forEach(router -> missing.add(router + " was there before"));
        long count = 0;
        int read = 0;
        for (Map.Entry<String, RouterCounters> router : routers.entrySet()) {
            RouterCounters earlier = before.routers().get(router.getKey());
            if (earlier == null) {
                missing.add(router.getKey() + " was read for the first time");
                continue;
            }
            read++;
            long now = answered(router.getValue(), cluster);
            long then = answered(earlier, cluster);
            boolean isSame = Double.isNaN(router.getValue().started())
                    || Double.isNaN(earlier.started())
                    || Math.abs(router.getValue().started() - earlier.started()) < SAME_START;
            if (isSame && now >= then) {
                count += now - then;
            } else {
                missing.add(router.getKey() + " began to count anew");
                count += now;
            }
        }
        return new Requests(read == 0 ? null : count / seconds, read > 0 && missing.isEmpty());
    }

    private static long answered(RouterCounters counters, Cluster cluster) {
        Counts counts = counters.clusters().get(cluster);
        return counts == null ? 0 : counts.answered();
    }

    private static Cores cores(
            LoadReading before, List<InstanceReading> instances, double seconds, List<String> missing) {
        Map<String, Double> earlier = new TreeMap<>();
        for (InstanceReading instance : before.instances()) {
            if (instance.cpuSeconds() != null) {
                earlier.put(instance.id(), instance.cpuSeconds());
            }
        }
        double used = 0;
        int read = 0;
        for (InstanceReading instance : instances) {
            Double then = earlier.get(instance.id());
            Double now = instance.cpuSeconds();
            if (now != null && then != null && now >= then) {
                used += now - then;
                read++;
            } else if (!instance.failure().isEmpty()) {
                missing.add(instance.id() + ": " + instance.failure());
            }
        }
        return new Cores(read == 0 ? null : used / seconds / read, read > 0 && read == instances.size());
    }

    private List<InstanceReading> of(String group, String cluster, String service) {
        return instances.stream()
                .filter(instance -> instance.group().equals(group)
                        && instance.cluster().equals(cluster)
                        && instance.service().equals(service))
                .toList();
    }
}
