package io.tricolor.engines.testing;

import io.tricolor.engines.ElasticsearchEngine;
import io.tricolor.engines.FileTrees;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.PostgresEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Child processes of this JVM, with their data below {@code target}. */
final class ProcessEngines implements Engines {

    private final Path root;
    private @Nullable PostgresEngine postgres;
    private @Nullable KafkaEngine kafka;
    private @Nullable ElasticsearchEngine elasticsearch;

    ProcessEngines() {
        try {
            root = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "engines-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String createDatabase(String name) {
        PostgresEngine engine = postgres;
        if (engine == null) {
            engine = PostgresEngine.start(root.resolve("postgresql"));
            postgres = engine;
        }
        engine.createDatabase(name);
        return engine.jdbcUrl(name);
    }

    @Override
    public String bootstrapServers() {
        KafkaEngine engine = kafka;
        if (engine == null) {
            engine = KafkaEngine.start(root.resolve("kafka"));
            kafka = engine;
        }
        return engine.bootstrapServers();
    }

    @Override
    public String elasticsearchUrl() {
        ElasticsearchEngine engine = elasticsearch;
        if (engine == null) {
            engine = ElasticsearchEngine.start(root.resolve("elasticsearch"));
            elasticsearch = engine;
        }
        return engine.url();
    }

    @Override
    public void close() {
        if (elasticsearch != null) {
            elasticsearch.kill();
        }
        if (kafka != null) {
            kafka.kill();
        }
        if (postgres != null) {
            postgres.close();
        }
        try {
            FileTrees.delete(root);
        } catch (IOException e) {
            System.err.println("could not remove " + root + ": " + e);
        }
    }
}
