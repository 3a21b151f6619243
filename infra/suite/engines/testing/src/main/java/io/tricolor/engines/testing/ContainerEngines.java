package io.tricolor.engines.testing;

import io.tricolor.engines.PostgresEngine;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.elasticsearch.ElasticsearchContainer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** Containers of the same versions as the embedded engines. */
final class ContainerEngines implements Engines {

    private @Nullable PostgreSQLContainer postgres;
    private @Nullable KafkaContainer kafka;
    private @Nullable ElasticsearchContainer elasticsearch;

    /** Throws {@link IllegalStateException} when no container engine answers. */
    ContainerEngines() {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new IllegalStateException(
                    "the tests were asked to run on containers, and no container engine answers; without -D"
                            + SharedEngines.KIND + " they run on child processes");
        }
    }

    @Override
    public String createDatabase(String name) {
        PostgreSQLContainer container = postgres;
        if (container == null) {
            container = new PostgreSQLContainer("postgres:17.6")
                    .withUsername(PostgresEngine.USER)
                    .withPassword(PostgresEngine.USER);
            container.start();
            postgres = container;
        }
        try (Connection connection =
                        DriverManager.getConnection(container.getJdbcUrl(), PostgresEngine.USER, PostgresEngine.USER);
                Statement statement = connection.createStatement()) {
            statement.execute("create database \"" + name + "\"");
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create database " + name, e);
        }
        return "jdbc:postgresql://" + container.getHost() + ":"
                + container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT) + "/" + name;
    }

    @Override
    public String bootstrapServers() {
        KafkaContainer container = kafka;
        if (container == null) {
            container = new KafkaContainer("apache/kafka:4.2.1").withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
            container.start();
            kafka = container;
        }
        return container.getBootstrapServers();
    }

    @Override
    public String elasticsearchUrl() {
        ElasticsearchContainer container = elasticsearch;
        if (container == null) {
            container = new ElasticsearchContainer("elasticsearch:9.5.2").withEnv("xpack.security.enabled", "false");
            container.start();
            elasticsearch = container;
        }
        return "http://" + container.getHttpHostAddress();
    }

    @Override
    public void close() {
        if (elasticsearch != null) {
            elasticsearch.stop();
        }
        if (kafka != null) {
            kafka.stop();
        }
        if (postgres != null) {
            postgres.stop();
        }
    }
}
