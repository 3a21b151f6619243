package io.tricolor.console.relay;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The services behind the door, and which paths each of them answers. */
enum Service {
    STRATEGY("strategy-service"),
    DEPLOY("deploy-service"),
    CONFIG("config-service"),
    MONITOR("monitor-service"),
    LOG_GATEWAY("log-gateway");

    /** By the word after {@code /api/}; whatever is not here is answered by the service that decides. */
    private static final Map<String, Service> OWNERS = Map.of(
            "deployments", DEPLOY,
            "config", CONFIG,
            "gates", MONITOR,
            "machine", MONITOR,
            "health", MONITOR,
            "drains", MONITOR,
            "prometheus", MONITOR,
            "logs", LOG_GATEWAY,
            "requests", LOG_GATEWAY,
            "audit", LOG_GATEWAY);

    private final String serviceName;

    Service(String serviceName) {
        this.serviceName = serviceName;
    }

    /** Name that it is registered under. */
    String serviceName() {
        return serviceName;
    }

    /** Who answers a path that begins with {@code /api/}. */
    static Service of(String path) {
        String[] words = path.split("/", 4);
        return words.length < 3 ? STRATEGY : OWNERS.getOrDefault(words[2], STRATEGY);
    }

    static Optional<Service> named(@Nullable String name) {
        return Arrays.stream(values())
                .filter(service -> service.serviceName.equals(name))
                .findFirst();
    }
}
