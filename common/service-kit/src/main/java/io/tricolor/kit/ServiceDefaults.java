package io.tricolor.kit;

import io.tricolor.kit.security.Roles;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/** Properties that every service shares. Anything else outranks them: files, environment, command line. */
final class ServiceDefaults implements EnvironmentPostProcessor, Ordered {

    private static final String NAME = "tricolor-service-defaults";

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (environment.getPropertySources().contains(NAME)) {
            return;
        }
        System.setProperty("disable-axoniq-console-message", "true");
        Map<String, Object> defaults = defaults();
        String consul = environment.getProperty("tricolor.consul.url");
        if (consul != null) {
            defaults.putAll(registrationAt(consul));
        }
        if (environment.getProperty("tricolor.security.closed", Boolean.class, false)) {
            defaults.put("management.endpoint.health.show-details", "when-authorized");
            defaults.put("management.endpoint.health.roles", Roles.VIEWER + "," + Roles.SERVICE);
        }
        environment.getPropertySources().addLast(new MapPropertySource(NAME, defaults));
    }

    /** The registration goes to the same Consul, unless somebody says otherwise. */
    private static Map<String, Object> registrationAt(String url) {
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null && uri.getScheme() != null) {
                int usual = uri.getScheme().equals("https") ? 443 : 80;
                return Map.of(
                        "spring.cloud.consul.scheme", uri.getScheme(),
                        "spring.cloud.consul.host", uri.getHost(),
                        "spring.cloud.consul.port", uri.getPort() < 0 ? usual : uri.getPort());
            }
        } catch (IllegalArgumentException e) {
            return Map.of(); // whoever reads the key itself says so
        }
        return Map.of();
    }

    private static Map<String, Object> defaults() {
        Map<String, Object> d = new HashMap<>();
        d.put("spring.main.web-application-type", "reactive");
        d.put("spring.main.banner-mode", "off");
        d.put("spring.jmx.enabled", "false");
        d.put("spring.http.codecs.max-in-memory-size", "1MB");
        d.put("server.address", "127.0.0.1");
        d.put("server.shutdown", "graceful");
        d.put("spring.lifecycle.timeout-per-shutdown-phase", "10s");

        d.put("management.endpoints.web.exposure.include", "health");
        d.put("management.endpoint.health.probes.enabled", "true");
        d.put("management.endpoint.health.show-details", "always");
        d.put("management.health.diskspace.enabled", "false");
        d.put("management.health.ssl.enabled", "false");

        d.put("springdoc.api-docs.version", "openapi_3_1");
        d.put("springdoc.writer-with-order-by-keys", "true");
        d.put("springdoc.override-with-generic-response", "false");
        d.put("springdoc.default-produces-media-type", "application/json");
        d.put("springdoc.default-consumes-media-type", "application/json");
        d.put("springdoc.show-actuator", "false");

        d.put("spring.datasource.username", "tricolor");
        d.put("spring.datasource.password", "tricolor");
        d.put("spring.datasource.hikari.maximum-pool-size", "12");
        d.put("spring.datasource.hikari.minimum-idle", "2");
        d.put("spring.datasource.hikari.connection-timeout", "10000");
        // A machine that is gone holds no lock for longer than this: neither that of appends nor a claimed position.
        d.put(
                "spring.datasource.hikari.connection-init-sql",
                "set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3");
        d.put("spring.flyway.baseline-on-migrate", "true");
        d.put("spring.flyway.baseline-version", "0");

        d.put("spring.kafka.producer.acks", "all");
        d.put("spring.kafka.producer.compression-type", "lz4");
        d.put("spring.kafka.producer.value-serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        d.put("spring.kafka.producer.properties.enable.idempotence", "true");
        d.put("spring.kafka.producer.properties.max.in.flight.requests.per.connection", "5");
        d.put("spring.kafka.producer.properties.delivery.timeout.ms", "120000");
        d.put("spring.kafka.producer.properties.max.block.ms", "15000");
        d.put("spring.kafka.producer.properties.linger.ms", "5");
        d.put("spring.kafka.producer.properties.max.request.size", "1048576");
        d.put("spring.kafka.producer.properties.reconnect.backoff.max.ms", "2000");
        d.put("spring.kafka.consumer.auto-offset-reset", "earliest");
        d.put("spring.kafka.consumer.enable-auto-commit", "false");
        d.put(
                "spring.kafka.consumer.value-deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        d.put("spring.kafka.consumer.properties.reconnect.backoff.max.ms", "2000");
        // So long the broker keeps the partitions of a process that was killed from the one that follows it.
        d.put("spring.kafka.consumer.properties.session.timeout.ms", "6000");
        d.put("spring.kafka.consumer.properties.heartbeat.interval.ms", "1500");
        d.put("spring.kafka.admin.fail-fast", "false");
        d.put("spring.kafka.admin.properties.reconnect.backoff.max.ms", "2000");

        d.put("spring.cloud.consul.host", "127.0.0.1");
        d.put("spring.cloud.consul.port", "8411");
        d.put("spring.cloud.consul.config.enabled", "false");
        d.put("spring.cloud.consul.discovery.fail-fast", "false");
        d.put("spring.cloud.consul.discovery.ip-address", "127.0.0.1");
        d.put("spring.cloud.consul.discovery.prefer-ip-address", "true");
        d.put("spring.cloud.consul.discovery.health-check-path", "/actuator/health");
        d.put("spring.cloud.consul.discovery.health-check-interval", "2s");
        d.put("spring.cloud.consul.discovery.catalog-services-watch.enabled", "false");
        d.put(
                "spring.cloud.consul.discovery.instance-id",
                "${spring.application.name}-${spring.cloud.consul.discovery.ip-address}-${server.port:8080}");
        d.put("spring.cloud.discovery.client.composite-indicator.enabled", "false");
        d.put("management.health.consul.enabled", "false");

        d.put("axon.axonserver.enabled", "false");
        return d;
    }
}
