package io.tricolor.kit;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Leaves out what a service does not use: everything about a database without {@code spring.datasource.url}, everything
 * about Kafka without {@code spring.kafka.bootstrap-servers}, and the parts of Axon that Tricolor replaces or that
 * would phone home.
 */
final class NeededAutoConfigurations implements AutoConfigurationImportFilter, EnvironmentAware {

    private static final String AXON = "org.axonframework.springboot.autoconfig.";

    /** The rest of Axon's own: its store, serializers and server connection have replacements here or no use. */
    private static final Set<String> AXON_USED = Set.of(
            AXON + "AxonAutoConfiguration",
            AXON + "AxonTracingAutoConfiguration",
            AXON + "EventProcessingAutoConfiguration",
            AXON + "InfraConfiguration",
            AXON + "InterceptorAutoConfiguration");

    private static final Set<String> DATABASE = Set.of(
            "org.springframework.boot.jdbc.autoconfigure.",
            "org.springframework.boot.flyway.autoconfigure.",
            "io.tricolor.kit.eventstore.",
            "io.tricolor.kit.idempotency.",
            AXON);

    private static final Set<String> KAFKA = Set.of(
            "org.springframework.boot.kafka.autoconfigure.",
            "io.tricolor.kit.message.",
            "io.tricolor.kit.relay.",
            "io.tricolor.kit.inbox.");

    private boolean database;
    private boolean kafka;

    @Override
    public void setEnvironment(Environment environment) {
        database = environment.containsProperty("spring.datasource.url");
        kafka = environment.containsProperty("spring.kafka.bootstrap-servers");
    }

    @Override
    public boolean[] match(@Nullable String[] names, AutoConfigurationMetadata metadata) {
        boolean[] needed = new boolean[names.length];
        for (int i = 0; i < names.length; i++) {
            String name = names[i];
            needed[i] = name == null || isNeeded(name);
        }
        return needed;
    }

    private boolean isNeeded(String name) {
        if ((!database && startsWithAny(name, DATABASE)) || (!kafka && startsWithAny(name, KAFKA))) {
            return false;
        }
        return !name.startsWith(AXON) || AXON_USED.contains(name);
    }

    private static boolean startsWithAny(String name, Set<String> prefixes) {
        return prefixes.stream().anyMatch(name::startsWith);
    }
}
