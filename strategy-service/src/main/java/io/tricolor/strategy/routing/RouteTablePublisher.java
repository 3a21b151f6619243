package io.tricolor.strategy.routing;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Brings tables to the {@link RouteTableStore}. A write that the store has acknowledged is known at once; besides, what
 * is there is read back, so that a copy that was deleted, is older or is another one is known within seconds, and
 * written again by whoever is notified of the group. What it remembers is what it has written or read.
 */
@Component
public class RouteTablePublisher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(RouteTablePublisher.class);

    private static final Duration READ_AT_MOST_EVERY = Duration.ofSeconds(2);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private static final Counter FAILURES = Counter.build(
                    "tricolor_route_table_publish_failures_total", "Tables that could not be written to the registry")
            .register();
    private static final Gauge VERSION = Gauge.build(
                    "tricolor_route_table_version", "Version of the newest table in the registry")
            .labelNames("group")
            .register();

    private final RouteTableStore store;
    private final GroupNotifications notifications;
    private final Loop loop;
    private final ConcurrentMap<String, TableIdentity> published = new ConcurrentHashMap<>();

    /** What is being written, by group: the newest that was asked for. */
    private final Map<String, RouteTableDocument> underWay = new HashMap<>();

    /** Groups that were written while the copies were read: of these, what was read may be older. */
    private final Set<String> writtenMeanwhile = ConcurrentHashMap.newKeySet();

    private long index;

    RouteTablePublisher(RouteTableStore store, GroupNotifications notifications, ProgressWatch watch) {
        this.store = store;
        this.notifications = notifications;
        this.loop = Loop.named("registry-copies", this::readBack)
                .every(READ_AT_MOST_EVERY)
                .mayTake(WAIT.plusSeconds(5))
                .backOff(Duration.ofSeconds(1), Duration.ofSeconds(5))
                .auxiliary()
                .build(watch);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** The table of the group that is in the store, as last read or written; {@link TableIdentity#NONE} for none. */
    public TableIdentity published(String groupId) {
        return published.getOrDefault(groupId, TableIdentity.NONE);
    }

    /** Writes the table in the background, after the one of its group that is being written. */
    public void publish(RouteTableDocument document) {
        String group = document.table().group();
        synchronized (underWay) {
            RouteTableDocument before = underWay.put(group, document);
            if (before != null) {
                return;
            }
        }
        Thread.ofVirtual().name("publish-" + group).start(() -> {
            RouteTableDocument next = document;
            while (next != null) {
                next = write(group, next);
            }
        });
    }

    /** Writes one, and says which one is to follow. */
    private @Nullable RouteTableDocument write(String group, RouteTableDocument document) {
        TableIdentity there = null;
        try {
            there = store.write(document);
            writtenMeanwhile.add(group);
        } catch (IOException e) {
            FAILURES.inc();
            log.warn(
                    "table {} of {} is not in the registry yet: {}",
                    document.table().version(),
                    group,
                    e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (there != null) {
            is(group, there);
        }
        synchronized (underWay) {
            RouteTableDocument newest = underWay.get(group);
            if (newest != null && !newest.identity().equals(document.identity())) {
                return newest;
            }
            underWay.remove(group);
            return null;
        }
    }

    private boolean isUnderWay(String group) {
        synchronized (underWay) {
            return underWay.containsKey(group);
        }
    }

    private void readBack() throws IOException, InterruptedException {
        Set<String> before = Set.copyOf(published.keySet());
        writtenMeanwhile.clear();
        RouteTableStore.Copies copies = store.copies(index, WAIT);
        index = copies.index();
        Set<String> gone = new TreeSet<>(before);
        gone.removeAll(copies.tables().keySet());
        gone.forEach(group -> {
            if (isKnownBetter(group)) {
                return;
            }
            published.remove(group);
            VERSION.remove(group);
            log.warn("the table of {} is gone from the registry", group);
            notifications.groupChanged(group);
        });
        copies.tables().forEach((group, identity) -> {
            if (!identity.equals(published(group)) && !isKnownBetter(group)) {
                is(group, identity);
            }
        });
    }

    /** Whether what was read of a group may be older than what is written; then it is read again, without a wait. */
    private boolean isKnownBetter(String group) {
        if (isUnderWay(group) || writtenMeanwhile.contains(group)) {
            index = 0;
            return true;
        }
        return false;
    }

    private void is(String group, TableIdentity identity) {
        if (!identity.equals(published.put(group, identity))) {
            VERSION.labels(group).set((double) identity.version());
            notifications.groupChanged(group);
        }
    }
}
