package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.group.Manifest;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** The orchestrators that are configured, by name. A manifest says which one it is for, or the standard one is. */
public final class Orchestrators {

    private final String standard;
    private final Map<String, Orchestrator> byName;

    /** Throws {@link IllegalArgumentException} when the standard one is not among them. */
    public Orchestrators(String standard, Map<String, Orchestrator> byName) {
        if (!byName.containsKey(standard)) {
            throw new IllegalArgumentException("there is no orchestrator " + standard + " in " + byName.keySet());
        }
        this.standard = standard;
        this.byName = new TreeMap<>(byName);
    }

    /** All names, in order. */
    public Set<String> names() {
        return Set.copyOf(byName.keySet());
    }

    /** Name of the one that a manifest is for, be it configured or not. */
    public String nameFor(Manifest manifest) {
        return Objects.requireNonNullElse(manifest.orchestrator(), standard);
    }

    /** The one of this name. Throws {@link IllegalArgumentException} when there is none. */
    public Orchestrator named(String name) {
        Orchestrator found = byName.get(name);
        if (found == null) {
            throw new IllegalArgumentException("there is no orchestrator " + name);
        }
        return found;
    }

    /** As {@link Orchestrator#onChange}, of all of them. */
    public void onChange(Runnable listener) {
        byName.values().forEach(orchestrator -> orchestrator.onChange(listener));
    }
}
