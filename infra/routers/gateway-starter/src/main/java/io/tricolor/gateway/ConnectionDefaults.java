package io.tricolor.gateway;

import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * How the gateway keeps connections, where the application does not say otherwise. A connection is kept for less time
 * than instances keep it (30 s), so that a request is not sent into one that is being closed. Heads may be as large as
 * nginx takes them. Where the port of operations is closed, details of health are for those who may look at it.
 */
final class ConnectionDefaults implements EnvironmentPostProcessor, Ordered {

    private static final String NAME = "tricolor-gateway-connections";
    private static final String CLIENT = "spring.cloud.gateway.server.webflux.httpclient.";
    private static final String POOL = CLIENT + "pool.";

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (environment.getProperty("tricolor.gateway.enabled", Boolean.class, true)
                && !environment.getPropertySources().contains(NAME)) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource(
                            NAME,
                            Map.of(
                                    CLIENT + "max-header-size",
                                    "64KB",
                                    POOL + "max-idle-time",
                                    "8s",
                                    POOL + "eviction-interval",
                                    "2s",
                                    POOL + "leasing-strategy",
                                    "lifo",
                                    "server.netty.max-initial-line-length",
                                    "32KB",
                                    "server.max-http-request-header-size",
                                    "64KB")));
            if (environment.getProperty("tricolor.security.closed", Boolean.class, false)) {
                environment
                        .getPropertySources()
                        .addLast(new MapPropertySource(
                                NAME + "-closed",
                                Map.of(
                                        "management.endpoint.health.show-details",
                                        "when-authorized",
                                        "management.endpoint.health.roles",
                                        OperationsGuard.VIEWER + "," + OperationsGuard.SERVICE)));
            }
        }
    }
}
