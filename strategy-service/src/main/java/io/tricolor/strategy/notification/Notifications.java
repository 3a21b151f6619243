package io.tricolor.strategy.notification;

import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.notification.NotificationProperties.Target;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Writes down who is to be told what, and what became of it. One row for each event and target, whatever is repeated;
 * what is older than the deadline when it comes by is not told any more.
 */
@Component
@ProcessingGroup("notifications")
class Notifications {

    private final JdbcClient jdbc;
    private final GroupStreams streams;
    private final NotificationProperties properties;
    private final InstantSource clock;

    Notifications(JdbcClient jdbc, GroupStreams streams, NotificationProperties properties, InstantSource clock) {
        this.jdbc = jdbc;
        this.streams = streams;
        this.properties = properties;
        this.clock = clock;
    }

    /** What became of it. */
    enum State {
        PENDING,
        DELIVERED,
        FAILED
    }

    /** One that is due. */
    record Due(long number, String target, News news, int attempts, Instant deadline) {}

    @EventHandler
    void on(ClusterGroupEvent event, DomainEventMessage<?> message) {
        Instant deadline = message.getTimestamp().plus(properties.notificationDeadline());
        if (properties.notifications().isEmpty() || deadline.isBefore(clock.instant())) {
            return;
        }
        URI base = properties.linkBase();
        Object actor = message.getMetaData().get(EventMetadata.ACTOR);
        News.in(
                        event,
                        () -> streams.atSequence(event.groupId(), message.getSequenceNumber()),
                        message.getIdentifier(),
                        message.getTimestamp(),
                        actor == null ? null : actor.toString(),
                        base == null ? null : base.toString().replaceAll("/+$", ""))
                .ifPresent(news -> properties.notifications().forEach(target -> insert(target, news, deadline)));
    }

    private void insert(Target target, News news, Instant deadline) {
        jdbc.sql("""
                        insert into notification (event_id, target, group_id, upgrade_id, what, news, due_at, deadline)
                        values (:event, :target, :group, :upgrade, :what, :news, :due, :deadline)
                        on conflict (event_id, target) do nothing
                        """)
                .param("event", news.id())
                .param("target", target.name())
                .param("group", news.groupId())
                .param("upgrade", news.upgradeId())
                .param("what", news.what().name())
                .param("news", CanonicalJson.text(news))
                .param("due", Timestamp.from(clock.instant()))
                .param("deadline", Timestamp.from(deadline))
                .update();
    }

    /** One that is due, locked until the end of the transaction; null when nothing is. */
    @Nullable
    Due next() {
        return jdbc.sql("""
                        select number, target, news, attempts, deadline from notification
                        where state = 'PENDING' and due_at <= :now order by due_at, number limit 1
                        for update skip locked
                        """)
                .param("now", Timestamp.from(clock.instant()))
                .query((row, n) -> new Due(
                        row.getLong("number"),
                        row.getString("target"),
                        ContractsJson.mapper().readValue(row.getString("news"), News.class),
                        row.getInt("attempts"),
                        row.getTimestamp("deadline").toInstant()))
                .optional()
                .orElse(null);
    }

    void delivered(Due due) {
        attempted(due, State.DELIVERED, null, Duration.ZERO);
    }

    /** It is tried again after a pause, unless that is behind its deadline. */
    void failed(Due due, String error, Duration pause, boolean forGood) {
        boolean over = forGood || clock.instant().plus(pause).isAfter(due.deadline());
        attempted(due, over ? State.FAILED : State.PENDING, error, pause);
    }

    private void attempted(Due due, State state, @Nullable String error, Duration pause) {
        Instant now = clock.instant();
        jdbc.sql("""
                        update notification set state = :state, attempts = attempts + 1, last_error = :error,
                            attempted_at = :now, due_at = :due where number = :number
                        """)
                .param("state", state.name())
                .param("error", error)
                .param("now", Timestamp.from(now))
                .param("due", Timestamp.from(now.plus(pause)))
                .param("number", due.number())
                .update();
    }

    /**
     * One delivery.
     *
     * @param number rises; those with a higher one are newer
     */
    record Delivery(
            long number,
            String eventId,
            String target,
            String groupId,
            String upgradeId,
            News.What what,
            String text,
            State state,
            int attempts,
            @Nullable String lastError,
            @Nullable Instant attemptedAt) {}

    /** Newest first, below {@code before}. */
    List<Delivery> list(@Nullable State state, long before, int limit) {
        return jdbc.sql("""
                        select number, event_id, target, group_id, upgrade_id, what, news, state, attempts, last_error,
                               attempted_at
                        from notification where (:state::text is null or state = :state::text) and number < :before
                        order by number desc limit :limit
                        """)
                .param("state", state == null ? null : state.name())
                .param("before", before)
                .param("limit", limit)
                .query((row, n) -> delivery(row))
                .list();
    }

    private static Delivery delivery(ResultSet row) throws SQLException {
        Timestamp attempted = row.getTimestamp("attempted_at");
        News news = Objects.requireNonNull(ContractsJson.mapper().readValue(row.getString("news"), News.class));
        return new Delivery(
                row.getLong("number"),
                row.getString("event_id"),
                row.getString("target"),
                row.getString("group_id"),
                row.getString("upgrade_id"),
                news.what(),
                news.text(),
                State.valueOf(row.getString("state")),
                row.getInt("attempts"),
                row.getString("last_error"),
                attempted == null ? null : attempted.toInstant());
    }
}
