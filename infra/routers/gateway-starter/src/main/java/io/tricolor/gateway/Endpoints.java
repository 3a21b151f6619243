package io.tricolor.gateway;

import io.tricolor.routing.HealthyInstances;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Healthy instances of one service of a group, by cluster, in order of their ids. Immutable. */
final class Endpoints implements HealthyInstances {

    static final Endpoints NONE = new Endpoints(new TreeMap<>());

    private final SortedMap<String, List<Endpoint>> byCluster;

    private Endpoints(SortedMap<String, List<Endpoint>> byCluster) {
        this.byCluster = Collections.unmodifiableSortedMap(byCluster);
    }

    /** Instances by cluster; those that {@code before} has too are taken over, with what is in flight to them. */
    static Endpoints of(SortedMap<String, List<Endpoint>> instances, Endpoints before) {
        SortedMap<String, List<Endpoint>> byCluster = new TreeMap<>();
        instances.forEach((cluster, list) -> {
            List<Endpoint> known = before.of(cluster);
            List<Endpoint> endpoints = new ArrayList<>();
            Set<String> ids = new HashSet<>();
            for (Endpoint endpoint : list) {
                if (ids.add(endpoint.id())) {
                    endpoints.add(known.stream()
                            .filter(endpoint::isSameAs)
                            .findFirst()
                            .orElse(endpoint));
                }
            }
            endpoints.sort(Comparator.comparing(Endpoint::id));
            if (!endpoints.isEmpty()) {
                byCluster.put(cluster, List.copyOf(endpoints));
            }
        });
        return new Endpoints(byCluster);
    }

    List<Endpoint> of(String cluster) {
        List<Endpoint> endpoints = byCluster.get(cluster);
        return endpoints == null ? List.of() : endpoints;
    }

    SortedMap<String, List<Endpoint>> byCluster() {
        return byCluster;
    }

    @Override
    public int count(String cluster, String service) {
        return of(cluster).size();
    }

    boolean isSameAs(Endpoints other) {
        return byCluster.equals(other.byCluster);
    }

    /** The less busy one of two at random, those that could just not be reached last; null when all were tried. */
    static @Nullable Endpoint pick(List<Endpoint> endpoints, List<Endpoint> tried, RandomGenerator random) {
        List<Endpoint> candidates = endpoints;
        if (!tried.isEmpty()) {
            candidates = endpoints.stream()
                    .filter(endpoint -> tried.stream().noneMatch(endpoint::isSameAs))
                    .toList();
        }
        if (candidates.isEmpty()) {
            return null;
        }
        if (candidates.stream().anyMatch(Endpoint::isSuspect)) {
            List<Endpoint> trusted = candidates.stream()
                    .filter(endpoint -> !endpoint.isSuspect())
                    .toList();
            candidates = trusted.isEmpty() ? candidates : trusted;
        }
        int size = candidates.size();
        if (size == 1) {
            return candidates.getFirst();
        }
        int first = random.nextInt(size);
        int second = (first + 1 + random.nextInt(size - 1)) % size;
        Endpoint one = candidates.get(first);
        Endpoint other = candidates.get(second);
        return other.inFlight() < one.inFlight() ? other : one;
    }
}
