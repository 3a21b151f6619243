package io.tricolor.kit.eventstore;

import io.prometheus.client.Counter;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
 * Says that events were appended, by whichever instance of the service: the appending transaction notifies, and each
 * instance listens on a connection of its own. A notification that is lost is made up for by a look at the store from
 * time to time.
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
    private final JdbcConnectionDetails database;
    private final Duration poll;
    private final Runnable firstToKnow;
    private final Sinks.Many<Long> heads = Sinks.many().replay().latest();

    private volatile boolean running;
    private volatile long head = -1;
    private volatile @Nullable Connection connection;
    private final Loop loop;

    /**
     * @param poll after so long without a notification the store is looked at
     * @param firstToKnow called before anybody else whenever there is something new; must not block
     */
    StoreNotifications(JdbcConnectionDetails database, Duration poll, Runnable firstToKnow, ProgressWatch watch) {
        this.database = database;
        this.poll = poll;
        this.firstToKnow = firstToKnow;
        this.loop = Loop.named("store-notifications", this::listen)
                .backOff(FIRST_PAUSE, LONGEST_PAUSE)
                .mayTake(poll)
                .onPlatformThread()
                .position(() -> "position " + head)
                .build(watch);
    }

    /**
     * Global position of the newest event: the present one at once (as soon as it is known), and another one whenever
     * it has changed. A subscriber that is slow gets the newest only. What lies between two positions is told by {@link
     * StreamReader#stored}. Comes on the listening thread: whoever does more than to note it changes to a thread of
     * its own. Never ends.
     */
    public Flux<Long> heads() {
        return heads.asFlux().onBackpressureLatest();
    }

    @Override
    public void start() {
        running = true;
        loop.start();
    }

    @Override
    public void stop() {
        running = false;
        close(connection); // the driver does not hear an interrupt
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return running;
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

    /** Ends only with its connection. */
    private void listen() throws SQLException {
        try (Connection open =
                DriverManager.getConnection(database.getJdbcUrl(), database.getUsername(), database.getPassword())) {
            connection = open;
            try (Statement listen = open.createStatement()) {
                listen.execute("listen " + CHANNEL);
            }
            PGConnection postgres = open.unwrap(PGConnection.class);
            look(open, "connection");
            while (running) {
                PGNotification[] arrived = postgres.getNotifications(Math.toIntExact(poll.toMillis()));
                look(open, arrived == null || arrived.length == 0 ? "poll" : "notification");
                loop.moved();
            }
        } catch (SQLException e) {
            if (running) {
                throw e;
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
