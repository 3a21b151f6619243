package io.tricolor.e2e;

import io.tricolor.engines.PostgresEngine;
import io.tricolor.standalone.suite.Port;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A copy of a service's database as it was at one moment, to be restored later. The service loses its connections for a
 * moment both times, as with any PostgreSQL that is restored under it.
 */
final class DatabaseCopy implements AutoCloseable {

    private final RunningSuite suite;
    private final String database;
    private final String copy;

    private DatabaseCopy(RunningSuite suite, String database) {
        this.suite = suite;
        this.database = database;
        this.copy = database + "_copy";
    }

    static DatabaseCopy of(RunningSuite suite, String database) throws SQLException {
        DatabaseCopy made = new DatabaseCopy(suite, database);
        made.alone(statement -> statement.execute("create database " + made.copy + " template " + database));
        return made;
    }

    /** Puts the copy in the place of the database. */
    void restore() throws SQLException {
        alone(statement -> {
            statement.execute("alter database " + database + " rename to " + database + "_lost");
            statement.execute("create database " + database + " template " + copy);
        });
    }

    @Override
    public void close() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("drop database if exists " + copy);
            statement.execute("drop database if exists " + database + "_lost");
        }
    }

    private interface Work {

        void run(Statement statement) throws SQLException;
    }

    /** Works while nobody is connected to the database. */
    private void alone(Work work) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("alter database " + database + " allow_connections false");
            try {
                statement.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '"
                        + database + "'");
                work.run(statement);
            } finally {
                statement.execute("alter database " + database + " allow_connections true");
            }
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + suite.suite().port(Port.POSTGRESQL) + "/postgres",
                PostgresEngine.USER,
                PostgresEngine.USER);
    }
}
