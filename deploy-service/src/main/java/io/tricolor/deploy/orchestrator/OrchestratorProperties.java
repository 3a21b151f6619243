package io.tricolor.deploy.orchestrator;

import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which orchestrator runs the instances.
 *
 * @param kind {@code marathon} or {@code kubernetes}
 */
@ConfigurationProperties("tricolor.orchestrator")
record OrchestratorProperties(@DefaultValue("marathon") String kind) {

    static final String MARATHON = "marathon";
    static final String KUBERNETES = "kubernetes";

    private static final Set<String> KINDS = new TreeSet<>(Set.of(MARATHON, KUBERNETES));

    /** Throws {@link IllegalArgumentException} for a kind that nobody knows. */
    OrchestratorProperties {
        if (!KINDS.contains(kind)) {
            throw new IllegalArgumentException("tricolor.orchestrator.kind must be one of " + KINDS + ", not " + kind);
        }
    }
}
