package io.tricolor.contracts;

import io.tricolor.contracts.group.UpgradeStartedUpcast;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The steps from earlier revisions of message types to today's. Immutable. */
public final class Upcasts {

    /** A revision of a type of {@link EventTypes} that became another one has its step here, for all who read it. */
    private static final Upcasts PUBLISHED = new Upcasts(List.of(
            UpgradeStartedUpcast.fromFirst(),
            Upcast.unchanged("cluster-group.upgrade-started", 2),
            Upcast.unchanged("cluster-group.upgrade-started", 3),
            Upcast.unchanged("cluster-group.upgrade-aborting", 1),
            Upcast.unchanged("deploy.ensure-cluster", 1),
            Upcast.unchanged("deploy.cluster-observed", 1),
            Upcast.unchanged("deploy.ensure-rejected", 1),
            Upcast.unchanged("cluster-deployment.desired", 1),
            Upcast.unchanged("cluster-deployment.failed", 1),
            Upcast.unchanged("cluster-deployment.instances-changed", 1)));

    private final List<Upcast> steps;
    private final Map<String, Map<Integer, Upcast>> byName = new HashMap<>();

    /** Refuses two steps that begin at the same revision of the same type. */
    public Upcasts(Collection<Upcast> steps) {
        this.steps = List.copyOf(steps);
        for (Upcast step : steps) {
            Upcast other =
                    byName.computeIfAbsent(step.name(), name -> new TreeMap<>()).put(step.fromRevision(), step);
            if (other != null) {
                throw new IllegalArgumentException(
                        "two upcasts begin at revision " + step.fromRevision() + " of " + step.name());
            }
        }
    }

    /** The steps of all published types. */
    public static Upcasts published() {
        return PUBLISHED;
    }

    /** These steps and {@code more}. */
    public Upcasts and(Collection<Upcast> more) {
        List<Upcast> all = new ArrayList<>(steps);
        all.addAll(more);
        return new Upcasts(all);
    }

    /** The step that begins at a revision; empty when there is none. */
    public Optional<Upcast> from(String name, int revision) {
        return Optional.ofNullable(byName.getOrDefault(name, Map.of()).get(revision));
    }

    /**
     * JSON of revision {@code from} as JSON of revision {@code to}, step by step; the same when the two are equal.
     * Empty when a
     * step is missing.
     */
    public Optional<Map<String, Object>> apply(String name, int from, int to, Map<String, Object> json) {
        Map<String, Object> changed = json;
        for (int revision = from; revision < to; revision++) {
            Optional<Upcast> step = from(name, revision);
            if (step.isEmpty()) {
                return Optional.empty();
            }
            changed = step.get().change().apply(changed);
        }
        return from > to ? Optional.empty() : Optional.of(changed);
    }
}
