package io.tricolor.deploy.reconcile;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Of the instances that share a database, one acts: the one whose connection holds an advisory lock. The database
 * gives the lock
 * back when the connection is gone, so another instance takes over within one tick after a kill, and within some ten
 * seconds
 * after a machine or a network has gone. Used by one thread.
 */
@Component
class Leadership {

    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    /** Any number that nobody else of the database locks; it spells "deploy". */
    private static final long LOCK = 0x64_65_70_6c_6f_79L;

    private static final int SECONDS_TO_ANSWER = 2;

    private final DataSource dataSource;
    private @Nullable Connection connection;

    Leadership(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Whether this instance acts; tries to become the one if it is not. Throws when the database does not answer. */
    boolean held() throws SQLException {
        Connection holding = connection;
        if (holding != null) {
            if (holding.isValid(SECONDS_TO_ANSWER)) {
                return true;
            }
            log.warn("the connection that says that this instance acts is gone");
            connection = null;
            holding.abort(Runnable::run);
            holding.close();
        }
        Connection fresh = dataSource.getConnection();
        boolean won = false;
        try {
            won = tryLock(fresh);
            if (won) {
                connection = fresh;
                log.info("this instance acts from now on");
            }
            return won;
        } finally {
            if (!won) {
                fresh.close();
            }
        }
    }

    private static boolean tryLock(Connection connection) throws SQLException {
        boolean won = ask(connection, "select pg_try_advisory_lock(?)");
        if (won) {
            try (Statement statement = connection.createStatement()) {
                // From these the server learns that its peer has vanished; no effect on a local socket.
                statement.execute("set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 2;"
                        + " set tcp_keepalives_count = 2");
            }
        }
        return won;
    }

    private static boolean ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, LOCK);
            try (ResultSet answer = statement.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    /** Lets another instance act. */
    void release() {
        Connection holding = connection;
        connection = null;
        if (holding == null) {
            return;
        }
        try (holding) { // the pool keeps the connection: the lock must not stay with it
            boolean released = ask(holding, "select pg_advisory_unlock(?)");
            log.info("this instance acts no longer, lock released: {}", released);
        } catch (SQLException e) {
            log.debug("the connection was gone already: {}", e.toString());
        }
    }
}
