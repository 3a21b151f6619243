package io.tricolor.contracts.deployment;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Instances that are withdrawn, by service. */
final class Withdrawn {

    private Withdrawn() {}

    /** The one form of a set of instances: ids sorted and each once, no service without ids; null is empty. */
    static SortedMap<String, List<String>> of(@Nullable Map<String, List<String>> given) {
        SortedMap<String, List<String>> sorted = new TreeMap<>();
        if (given != null) {
            given.forEach((service, ids) -> {
                if (!ids.isEmpty()) {
                    sorted.put(service, List.copyOf(new TreeSet<>(ids)));
                }
            });
        }
        return Collections.unmodifiableSortedMap(sorted);
    }
}
