package io.tricolor.console.relay;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;

/** The services behind the door, and which paths each of them answers. */
enum Service {
    STRATEGY("strategy-service"),
    DEPLOY("deploy-service"),
    CONFIG("config-service"),
    MONITOR("monitor-service"),
    LOG_GATEWAY("log-gateway");

    /** By the word after {@code /api/}; whatever is not here is answered by the service that decides. */
    private static final Map<String, Service> OWNERS = Map.ofEntries(
            Map.entry("deployments", DEPLOY),
            Map.entry("artifacts", DEPLOY),
            Map.entry("releases", DEPLOY),
            Map.entry("manifests", DEPLOY),
            Map.entry("config", CONFIG),
            Map.entry("gates", MONITOR),
            Map.entry("traffic", MONITOR),
            Map.entry("machine", MONITOR),
            Map.entry("health", MONITOR),
            Map.entry("drains", MONITOR),
            Map.entry("prometheus", MONITOR),
            Map.entry("logs", LOG_GATEWAY),
            Map.entry("requests", LOG_GATEWAY),
            Map.entry("audit", LOG_GATEWAY));

    private static final Pattern INSTANCES = Pattern.compile("/api/groups/[^/]++/clusters/[^/]++/instances(/.*)?");

    private final String serviceName;

    Service(String serviceName) {
        this.serviceName = serviceName;
    }

    /** Name that it is registered under. */
    String serviceName() {
        return serviceName;
    }

    /** Who answers a request; the path begins with {@code /api/}. */
    static Service of(HttpMethod method, String path) {
        Matcher instances = INSTANCES.matcher(path);
        if (instances.matches()) {
            // How many there are to be is decided, which ones there are and what they write is seen.
            boolean isNumber = instances.group(1) == null && HttpMethod.PUT.equals(method);
            return isNumber ? STRATEGY : DEPLOY;
        }
        String[] words = path.split("/", 4);
        return words.length < 3 ? STRATEGY : OWNERS.getOrDefault(words[2], STRATEGY);
    }

    static Optional<Service> named(@Nullable String name) {
        return Arrays.stream(values())
                .filter(service -> service.serviceName.equals(name))
                .findFirst();
    }
}
