package io.tricolor.kit.eventstore;

import io.prometheus.client.Counter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.SmartLifecycle;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Says that events were appended, by whichever instance of the service: the appending transaction notifies, and each instance
 * listens on a connection of its own. A notification that is lost is made up for by a look at the store from time to time.
 */
public final class StoreNotifications implements SmartLifecycle {

    /** Channel of PostgreSQL; a notification carries nothing. */
    static final String CHANNEL = "tricolor_events";

    private static final Logger log = LoggerFactory.getLogger(StoreNotifications.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private static final Counter NEWS = Counter.build(
                    "tricolor_store_news_total", "Times that new events were found, by what led to the look")
            .labelNames("by")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_store_listener_failures_total", "Times that the listening connection was lost")
            .register();

    private final JdbcConnectionDetails database;
    private final Duration poll;
    private final Runnable firstToKnow;
    private final Sinks.Many<Long> heads = Sinks.many().replay().latest();

    private volatile boolean running;
    private volatile @Nullable Connection connection;
    private @Nullable Thread thread;

    /**
     * @param poll after so long without a notification the store is looked at
     * @param firstToKnow called before anybody else whenever there is something new; must not block
     */
    StoreNotifications(JdbcConnectionDetails database, Duration poll, Runnable firstToKnow) {
        this.database = database;
        this.poll = poll;
        this.firstToKnow = firstToKnow;
    }

    /**
     * Global position of the newest event: the present one at once (as soon as it is known), and another one whenever it has
     * changed. A subscriber that is slow gets the newest only. What lies between two positions is told by {@link
     * StreamReader#changes}. Comes on the listening thread: whoever does more than to note it changes to a thread of its own. Never
     * ends.
     */
    public Flux<Long> heads() {
        return heads.asFlux().onBackpressureLatest();
    }

    /** Has the transaction of {@code appending} notify all instances once it is committed. */
    static void announce(Connection appending) throws SQLException {
        try (PreparedStatement notify = appending.prepareStatement("select pg_notify(?, '')")) {
            notify.setString(1, CHANNEL);
            notify.execute();
        }
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().name("store-notifications").daemon().start(this::listenUntilStopped);
    }

    @Override
    public void stop() {
        running = false;
        Thread listener = thread;
        if (listener != null) {
            listener.interrupt();
        }
        close(connection);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void listenUntilStopped() {
        Listening listening = new Listening();
        Duration pause = FIRST_PAUSE;
        while (running) {
            try {
                listening.listen();
            } catch (SQLException | RuntimeException e) { // the next connection may be better, whatever went wrong
                if (running) {
                    FAILURES.inc();
                    log.warn("no longer listening for new events, trying again: {}", e.toString());
                }
            }
            if (running) {
                pause = listening.worked ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                listening.worked = false;
                LockSupport.parkNanos(pause.toNanos());
            }
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static void close(@Nullable Connection open) {
        if (open == null) {
            return;
        }
        try {
            open.abort(Runnable::run);
        } catch (SQLException e) {
            log.debug("the listening connection did not close", e);
        }
    }

    /** What the listening thread knows. */
    private final class Listening {

        private long head = -1;
        private boolean worked;

        void listen() throws SQLException {
            try (Connection open = DriverManager.getConnection(
                    database.getJdbcUrl(), database.getUsername(), database.getPassword())) {
                connection = open;
                try (Statement listen = open.createStatement()) {
                    listen.execute("listen " + CHANNEL);
                }
                PGConnection postgres = open.unwrap(PGConnection.class);
                look(open, "connection");
                while (running) {
                    PGNotification[] arrived = postgres.getNotifications(Math.toIntExact(poll.toMillis()));
                    look(open, arrived == null || arrived.length == 0 ? "poll" : "notification");
                    worked = true;
                }
            } finally {
                connection = null;
            }
        }

        private void look(Connection open, String by) throws SQLException {
            long found;
            try (Statement select = open.createStatement();
                    ResultSet row = select.executeQuery("select coalesce(max(global_position), 0) from domain_event")) {
                row.next();
                found = row.getLong(1);
            }
            if (found != head) {
                head = found;
                NEWS.labels(by).inc();
                firstToKnow.run();
                heads.tryEmitNext(found);
            }
        }
    }
}
