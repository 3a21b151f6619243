package io.tricolor.deploy.orchestrator;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which orchestrators run the instances.
 *
 * @param kind {@code marathon} or {@code kubernetes}: for manifests that name none
 * @param also others that manifests may name
 */
@ConfigurationProperties(OrchestratorProperties.PREFIX)
record OrchestratorProperties(
        @DefaultValue("marathon") String kind, @DefaultValue List<String> also) {

    static final String PREFIX = "tricolor.orchestrator";
    static final String MARATHON = "marathon";
    static final String KUBERNETES = "kubernetes";

    private static final Set<String> KINDS = new TreeSet<>(Set.of(MARATHON, KUBERNETES));

    /** Throws {@link IllegalArgumentException} for a kind that nobody knows. */
    OrchestratorProperties {
        also = List.copyOf(also);
        if (!KINDS.contains(kind)) {
            throw new IllegalArgumentException("tricolor.orchestrator.kind must be one of " + KINDS + ", not " + kind);
        }
        if (!KINDS.containsAll(also)) {
            throw new IllegalArgumentException("tricolor.orchestrator.also must be of " + KINDS + ", not " + also);
        }
    }
}
