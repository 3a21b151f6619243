package io.tricolor.kit.eventstore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventsourcing.eventstore.jdbc.EventSchema;
import org.axonframework.eventsourcing.eventstore.jdbc.statements.AppendEventsStatementBuilder;
import org.axonframework.eventsourcing.eventstore.jdbc.statements.JdbcEventStorageEngineStatements;
import org.axonframework.eventsourcing.eventstore.jdbc.statements.TimestampWriter;
import org.axonframework.serialization.Serializer;

/**
 * Lets one transaction of a database append at a time. Positions are then committed in the order in which they are
 * given out, so that a reader that has seen position n never meets a smaller one later. PostgreSQL gives the lock back
 * after the commit is visible. The same transaction notifies all instances, see {@link StoreNotifications}.
 */
final class SerializedAppends implements AppendEventsStatementBuilder {

    /** Any number that nobody else of the database locks; it spells "tricolor". */
    static final long LOCK = 0x74_72_69_63_6f_6c_6f_72L;

    @Override
    public PreparedStatement build(
            Connection connection,
            EventSchema schema,
            Class<?> dataType,
            List<? extends EventMessage<?>> events,
            Serializer serializer,
            TimestampWriter timestampWriter)
            throws SQLException {
        lockAndAnnounce(connection);
        return JdbcEventStorageEngineStatements.appendEvents(
                connection, schema, dataType, events, serializer, timestampWriter);
    }

    static void lock(Connection connection) throws SQLException {
        inTransaction(connection);
        try (PreparedStatement lock = connection.prepareStatement("select pg_advisory_xact_lock(?)")) {
            lock.setLong(1, LOCK);
            lock.execute();
        }
    }

    /** Both in one statement: others wait from here on. */
    private static void lockAndAnnounce(Connection connection) throws SQLException {
        inTransaction(connection);
        try (PreparedStatement both =
                connection.prepareStatement("select pg_advisory_xact_lock(?), pg_notify(?, '')")) {
            both.setLong(1, LOCK);
            both.setString(2, StoreNotifications.CHANNEL);
            both.execute();
        }
    }

    private static void inTransaction(Connection connection) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new SQLException("events can only be appended in a transaction");
        }
    }
}
