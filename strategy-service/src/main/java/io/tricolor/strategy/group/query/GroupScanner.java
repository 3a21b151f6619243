package io.tricolor.strategy.group.query;

import io.tricolor.kit.eventstore.StoreNotifications;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The one reader of new events of this instance: it feeds everything that waits for changes of groups, whichever
 * instance has made them.
 * What it knows of the past is which groups there are and the position of the last event of each.
 */
@Component
public class GroupScanner implements SmartLifecycle {

    private static final String AGGREGATE_TYPE = "ClusterGroup";
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final int PAGE = 1_000;

    private final StoreNotifications store;
    private final StreamReader reader;
    private final JdbcClient jdbc;
    private final GroupNotifications notifications;
    private final Loop loop;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final NavigableSet<String> groupIds = new ConcurrentSkipListSet<>();
    private final Sinks.Many<Position> positions = Sinks.many().replay().latest();
    private volatile @Nullable Position scanned;
    private @Nullable Disposable subscription;

    GroupScanner(
            StoreNotifications store,
            StreamReader reader,
            JdbcClient jdbc,
            GroupNotifications notifications,
            ProgressWatch watch) {
        this.store = store;
        this.reader = reader;
        this.jdbc = jdbc;
        this.notifications = notifications;
        this.loop = Loop.named("group-scanner", this::scan).every(INTERVAL).build(watch);
    }

    /**
     * A position in the event store.
     *
     * @param eventId of the event there; it tells a store from another one, for example one that was restored. Empty
     *     at position 0
     */
    public record Position(long number, String eventId) {}

    /** Takes in what was found, in the order of positions. */
    public interface Listener {

        /**
         * A group has an event at this position, and none after it that has been scanned. Called again after a failure.
         *
         * @param isNew whether it was appended while this instance watched; else nothing but the position is known
         */
        void scanned(String groupId, long position, boolean isNew);
    }

    /** Has a listener called from the next scan on; to be called before the scanner is started. */
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    /** Ids of all groups that ever were. Empty until the first scan. */
    public List<String> groupIds() {
        return List.copyOf(groupIds);
    }

    /** Up to where this instance has taken in everything, whenever that has changed; the present one at once. */
    public Flux<Position> positions() {
        return positions.asFlux().onBackpressureLatest();
    }

    /** Whether this store has this event at this position. */
    public boolean isOfThisStore(Position position) {
        Position here = scanned;
        return position.number() == 0 || position.equals(here) || position.equals(at(position.number()));
    }

    @Override
    public void start() {
        subscription = store.heads().subscribe(head -> loop.wake());
        loop.start();
    }

    @Override
    public void stop() {
        if (subscription != null) {
            subscription.dispose();
        }
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    private void scan() {
        Position from = scanned;
        if (from == null || !isHere(from)) {
            moveTo(everything());
            return;
        }
        StreamReader.Changes changes;
        do {
            changes = reader.changes(from.number(), PAGE);
            for (StreamReader.ChangedStream stream : changes.streams()) {
                if (stream.aggregateType().equals(AGGREGATE_TYPE)) {
                    groupIds.add(stream.aggregateId());
                    listeners.forEach(
                            listener -> listener.scanned(stream.aggregateId(), stream.globalPosition(), true));
                    notifications.groupChanged(stream.aggregateId());
                }
            }
            if (changes.position() != from.number()) {
                from = at(changes.position());
                moveTo(from);
            }
        } while (!changes.complete());
    }

    private boolean isHere(Position position) {
        return position.number() == 0 || position.equals(at(position.number()));
    }

    /** Reads once which groups there are. */
    private Position everything() {
        Position head = at(reader.headPosition());
        jdbc.sql("""
                        select aggregate_id, max(global_position) from domain_event
                        where aggregate_type = :type and global_position <= :head
                        group by aggregate_id order by 2
                        """).param("type", AGGREGATE_TYPE).param("head", head.number()).query(row -> {
            String groupId = row.getString(1);
            groupIds.add(groupId);
            long position = row.getLong(2);
            listeners.forEach(listener -> listener.scanned(groupId, position, false));
            notifications.groupChanged(groupId);
        });
        return head;
    }

    private Position at(long position) {
        return jdbc.sql("select event_id from domain_event where global_position = :position")
                .param("position", position)
                .query(String.class)
                .optional()
                .map(id -> new Position(position, id))
                .orElse(new Position(position, ""));
    }

    private void moveTo(Position position) {
        scanned = position;
        positions.tryEmitNext(position);
    }
}
