package io.tricolor.engines.testing;

/** Where the tests of one JVM find PostgreSQL, Kafka and Elasticsearch. Each is started when it is first asked for. */
interface Engines extends AutoCloseable {

    /** Makes an empty database, owned by {@code PostgresEngine.USER} with the same password; returns its JDBC URL. */
    String createDatabase(String name);

    /** Of the Kafka broker, host:port. */
    String bootstrapServers();

    /** Of the Elasticsearch node. */
    String elasticsearchUrl();

    /** Stops what was started and removes its data. */
    @Override
    void close();
}
