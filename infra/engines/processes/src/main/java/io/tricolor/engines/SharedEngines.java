package io.tricolor.engines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Engines that the tests of one JVM share: each is started when it is first asked for, and stopped and removed with the JVM.
 * A test class that needs to be alone takes {@link #freshDatabase} or starts an engine of its own. A test that kills an
 * engine must start its own.
 */
public final class SharedEngines {

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static @Nullable Path root;
    private static @Nullable PostgresEngine postgres;
    private static @Nullable KafkaEngine kafka;
    private static @Nullable ElasticsearchEngine elasticsearch;
    private static @Nullable ConsulEngine consul;

    private SharedEngines() {}

    /** The shared PostgreSQL server. */
    public static synchronized PostgresEngine postgres() {
        PostgresEngine engine = postgres;
        if (engine == null) {
            engine = PostgresEngine.start(root().resolve("postgresql"));
            postgres = engine;
        }
        return engine;
    }

    /** The shared Kafka broker. */
    public static synchronized KafkaEngine kafka() {
        KafkaEngine engine = kafka;
        if (engine == null) {
            engine = KafkaEngine.start(root().resolve("kafka"));
            kafka = engine;
        }
        return engine;
    }

    /** The shared Elasticsearch node. */
    public static synchronized ElasticsearchEngine elasticsearch() {
        ElasticsearchEngine engine = elasticsearch;
        if (engine == null) {
            engine = ElasticsearchEngine.start(root().resolve("elasticsearch"));
            elasticsearch = engine;
        }
        return engine;
    }

    /** The shared real Consul agent; only where {@link ConsulEngine#isAvailable}. */
    public static synchronized ConsulEngine consul() {
        ConsulEngine engine = consul;
        if (engine == null) {
            engine = ConsulEngine.start(root().resolve("consul"));
            consul = engine;
        }
        return engine;
    }

    /** Makes an empty database whose name starts with {@code name} on the shared server; returns its JDBC URL. */
    public static String freshDatabase(String name) {
        String database = name + "_" + NUMBER.incrementAndGet();
        postgres().createDatabase(database);
        return postgres().jdbcUrl(database);
    }

    /** A prefix for topics and groups that no other caller in this JVM has. */
    public static String freshPrefix(String name) {
        return name + "-" + NUMBER.incrementAndGet() + "-";
    }

    private static Path root() {
        Path directory = root;
        if (directory == null) {
            try {
                directory = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "engines-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            root = directory;
            Runtime.getRuntime().addShutdownHook(new Thread(SharedEngines::stop, "stop-engines"));
        }
        return directory;
    }

    private static synchronized void stop() {
        if (consul != null) {
            consul.kill();
        }
        if (elasticsearch != null) {
            elasticsearch.kill();
        }
        if (kafka != null) {
            kafka.kill();
        }
        if (postgres != null) {
            postgres.close();
        }
        if (root != null) {
            try {
                FileTrees.delete(root);
            } catch (IOException e) {
                System.err.println("could not remove " + root + ": " + e);
            }
        }
    }
}
