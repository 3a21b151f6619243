package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** In which order the services of a release are started: each after all that it depends on are healthy. */
final class StartOrder {

    private StartOrder() {}

    /** Refuses a manifest in which a service depends on one that is not there, or in the end on itself. */
    static void check(Manifest manifest) {
        Set<String> names = new HashSet<>();
        manifest.services().forEach(service -> names.add(service.name()));
        for (ServiceManifest service : manifest.services()) {
            for (String other : service.dependsOn()) {
                Checks.require(
                        names.contains(other),
                        Code.INVALID_MANIFEST,
                        "service " + service.name() + " depends on " + other + ", which the manifest does not have");
            }
        }
        Map<String, Integer> places = places(manifest);
        names.removeAll(places.keySet());
        Checks.require(
                names.isEmpty(),
                Code.INVALID_MANIFEST,
                "services " + List.copyOf(names) + " depend on each other in a circle");
    }

    /**
     * What is to run after each step of a start, from nothing to all; one step where no service depends on another.
     *
     * @param instances that are to run in the end, by service
     */
    static List<SortedMap<String, Integer>> steps(Manifest manifest, SortedMap<String, Integer> instances) {
        Map<String, Integer> places = places(manifest);
        int last = places.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        List<SortedMap<String, Integer>> steps = new ArrayList<>();
        for (int place = 0; place <= last; place++) {
            int upTo = place;
            SortedMap<String, Integer> running = new TreeMap<>(instances);
            running.replaceAll((service, count) -> places.getOrDefault(service, 0) <= upTo ? count : 0);
            if (steps.isEmpty() || !running.equals(steps.getLast())) {
                steps.add(running);
            }
        }
        return steps;
    }

    /** How many services are started one after the other before each; services in a circle are not there. */
    private static Map<String, Integer> places(Manifest manifest) {
        Map<String, Integer> places = new HashMap<>();
        boolean isMore = true;
        while (isMore) {
            isMore = false;
            for (ServiceManifest service : manifest.services()) {
                if (!places.containsKey(service.name()) && places.keySet().containsAll(service.dependsOn())) {
                    int after = service.dependsOn().stream()
                            .mapToInt(places::get)
                            .max()
                            .orElse(-1);
                    places.put(service.name(), after + 1);
                    isMore = true;
                }
            }
        }
        return places;
    }
}
