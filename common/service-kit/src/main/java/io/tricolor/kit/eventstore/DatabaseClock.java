package io.tricolor.kit.eventstore;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of the database, as far as it is known here: asked for once a minute, counted on by the monotonic clock in
 * between. Claims of processors are dated by it, so that instances on machines whose clocks differ agree on when a
 * claim has run out. Blocks when it asks.
 */
final class DatabaseClock extends Clock {

    private static final Logger log = LoggerFactory.getLogger(DatabaseClock.class);

    private static final Duration TRUSTED = Duration.ofMinutes(1);

    private final DataSource dataSource;
    private volatile Reading reading = new Reading(Instant.EPOCH, 0, false);

    /** @param nanoTime of this process when it was {@code at} in the database */
    private record Reading(Instant at, long nanoTime, boolean isOfDatabase) {

        Duration age() {
            return Duration.ofNanos(System.nanoTime() - nanoTime);
        }
    }

    DatabaseClock(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Instant instant() {
        Reading newest = reading;
        if (!newest.isOfDatabase() || newest.age().compareTo(TRUSTED) > 0) {
            newest = ask(newest);
            reading = newest;
        }
        return newest.at().plus(newest.age());
    }

    private Reading ask(Reading last) {
        long before = System.nanoTime();
        try (Connection connection = dataSource.getConnection();
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("select extract(epoch from clock_timestamp()) * 1000000")) {
            row.next();
            Instant at = Instant.EPOCH.plus(row.getLong(1), ChronoUnit.MICROS);
            return new Reading(at, before + (System.nanoTime() - before) / 2, true);
        } catch (SQLException e) {
            log.debug("the database does not say what time it is", e);
            return last.isOfDatabase() ? last : new Reading(Instant.now(), before, false);
        }
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
