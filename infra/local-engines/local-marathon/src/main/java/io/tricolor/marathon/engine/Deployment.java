package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.plan.RestartRule;
import io.tricolor.marathon.plan.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A plan that is being carried out. Belongs to the engine's thread. */
final class Deployment {

    final String id;
    final Instant version;
    final List<Step> steps;
    /** Affected apps as they were; empty for those that did not exist. */
    final SortedMap<String, Optional<AppDefinition>> originals;
    /** Tasks that were named to go first, by app. */
    final Map<String, List<String>> victims;
    /** Bounds of restarts that have begun, by app. */
    final Map<String, RestartRule> restarts = new HashMap<>();

    int step;
    boolean announced;

    Deployment(
            String id,
            Instant version,
            List<Step> steps,
            Map<String, Optional<AppDefinition>> originals,
            Map<String, List<String>> victims) {
        this.id = id;
        this.version = version;
        this.steps = steps;
        this.originals = new TreeMap<>(originals);
        this.victims = new HashMap<>();
        victims.forEach((app, tasks) -> this.victims.put(app, new ArrayList<>(tasks)));
    }

    Set<String> affectedApps() {
        return originals.keySet();
    }
}
