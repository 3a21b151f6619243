package io.tricolor.strategy.group.query;

import io.tricolor.kit.eventstore.StoreNotifications;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.strategy.group.query.NewestEvents.Position;
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
 * Feeds everything that waits for changes of groups, whichever instance has made them. What it knows of the past is
 * which groups there are and the position of the last event of each.
 */
@Component
public class GroupScanner implements SmartLifecycle {

    private static final String AGGREGATE_TYPE = "ClusterGroup";
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final StoreNotifications store;
    private final NewestEvents events;
    private final JdbcClient jdbc;
    private final GroupNotifications notifications;
    private final Loop loop;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final NavigableSet<String> groupIds = new ConcurrentSkipListSet<>();
    private final Sinks.Many<Position> positions = Sinks.many().replay().latest();
    private volatile @Nullable Position scanned;
    private NewestEvents.@Nullable Beginning since;
    private @Nullable Disposable subscription;

    GroupScanner(
            StoreNotifications store,
            NewestEvents events,
            JdbcClient jdbc,
            GroupNotifications notifications,
            ProgressWatch watch) {
        this.store = store;
        this.events = events;
        this.jdbc = jdbc;
        this.notifications = notifications;
        this.loop = Loop.named("group-scanner", this::scan).every(INTERVAL).build(watch);
    }

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
        return position.equals(scanned) || events.isHere(position);
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
        NewestEvents.Changes changes = events.changes();
        if (!changes.since().equals(since)) {
            everything(changes.since().position());
            since = changes.since();
        }
        for (NewestEvents.ChangedStream stream : changes.streams()) {
            if (stream.aggregateType().equals(AGGREGATE_TYPE)) {
                groupIds.add(stream.aggregateId());
                listeners.forEach(listener -> listener.scanned(stream.aggregateId(), stream.position(), true));
                notifications.groupChanged(stream.aggregateId());
            }
        }
        events.handled(changes);
        if (!changes.upTo().equals(scanned)) {
            moveTo(changes.upTo());
        }
    }

    /** Reads once which groups there are. */
    private void everything(Position head) {
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
    }

    private void moveTo(Position position) {
        scanned = position;
        positions.tryEmitNext(position);
    }
}
