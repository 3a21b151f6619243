package io.tricolor.engines.testing;

import io.tricolor.engines.ConsulEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Engines that the tests of one JVM share: each is started when it is first asked for, and stopped and removed with the
 * JVM. They are child processes; with {@code -Dtricolor.test.engines=containers} they are containers, started by
 * Testcontainers, and a machine without a container engine then fails the tests. A test class that needs to be alone
 * takes {@link #freshDatabase} or starts an engine of its own. A test that kills an engine must start its own, which is
 * always a child process.
 */
public final class SharedEngines {

    /** System property: {@code processes} (when missing) or {@code containers}. */
    static final String KIND = "tricolor.test.engines";

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static @Nullable Engines engines;
    private static @Nullable ConsulEngine consul;

    private SharedEngines() {}

    /** Makes an empty database whose name starts with {@code name} on the shared server; returns its JDBC URL. */
    public static synchronized String freshDatabase(String name) {
        return engines().createDatabase(name + "_" + NUMBER.incrementAndGet());
    }

    /** The shared Kafka broker, host:port. */
    public static synchronized String bootstrapServers() {
        return engines().bootstrapServers();
    }

    /** The shared Elasticsearch node. */
    public static synchronized String elasticsearchUrl() {
        return engines().elasticsearchUrl();
    }

    /** The shared real Consul agent, always a child process; only where {@link ConsulEngine#isAvailable}. */
    public static synchronized ConsulEngine consul() {
        ConsulEngine started = consul;
        if (started == null) {
            try {
                started = ConsulEngine.start(
                        Files.createTempDirectory(Files.createDirectories(Path.of("target")), "consul-"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            consul = started;
            Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-consul"));
        }
        return started;
    }

    private static Engines engines() {
        Engines started = engines;
        if (started == null) {
            started = of(System.getProperty(KIND, "processes"));
            engines = started;
            Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-engines"));
        }
        return started;
    }

    /** Throws {@link IllegalArgumentException} for a kind that there is not. */
    static Engines of(String kind) {
        return switch (kind) {
            case "processes" -> new ProcessEngines();
            case "containers" -> new ContainerEngines();
            default ->
                throw new IllegalArgumentException("-D" + KIND + " is processes or containers, not '" + kind + "'");
        };
    }
}
