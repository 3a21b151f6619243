package io.tricolor.strategy.routing;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Brings tables to the {@link RouteTableStore} and reads back what is there, so that a copy that was deleted, is
 * older or is another one is known
 * within seconds, and written again by whoever is told of the group. What it remembers is what it has read.
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
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
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

    /**
     * Writes the table in the background, unless a table of the group is being written: then the caller comes again
     * anyway.
     */
    public void publish(RouteTableDocument document) {
        RouteTable table = document.table();
        if (underWay.add(table.group())) {
            Thread.ofVirtual().name("publish-" + table.group()).start(() -> {
                try {
                    is(table.group(), store.write(document));
                } catch (IOException e) {
                    FAILURES.inc();
                    log.warn(
                            "table {} of {} is not in the registry yet: {}",
                            table.version(),
                            table.group(),
                            e.toString());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    underWay.remove(table.group());
                }
            });
        }
    }

    private void readBack() throws IOException, InterruptedException {
        Set<String> before = Set.copyOf(published.keySet());
        RouteTableStore.Copies copies = store.copies(index, WAIT);
        index = copies.index();
        // What was written while this was read is not known to be gone.
        Set<String> gone = new TreeSet<>(before);
        gone.removeAll(copies.tables().keySet());
        gone.removeAll(underWay);
        gone.forEach(group -> {
            published.remove(group);
            VERSION.remove(group);
            log.warn("the table of {} is gone from the registry", group);
            notifications.groupChanged(group);
        });
        copies.tables().forEach((group, identity) -> {
            if (!underWay.contains(group)) {
                is(group, identity);
            }
        });
    }

    private void is(String group, TableIdentity identity) {
        if (!identity.equals(published.put(group, identity))) {
            VERSION.labels(group).set((double) identity.version());
            notifications.groupChanged(group);
        }
    }
}
