package io.tricolor.strategy.routing;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Brings tables to the {@link RouteTableStore}. What it remembers only saves work: after a restart each table is compared with the store
 * once.
 */
@Component
public class RouteTablePublisher {

    private static final Logger log = LoggerFactory.getLogger(RouteTablePublisher.class);

    private static final Counter FAILURES = Counter.build(
                    "tricolor_route_table_publish_failures_total", "Tables that could not be written to the registry")
            .register();
    private static final Gauge VERSION = Gauge.build(
                    "tricolor_route_table_version", "Version of the newest table in the registry")
            .labelNames("group")
            .register();

    private final RouteTableStore store;
    private final ConcurrentMap<String, RouteTable> published = new ConcurrentHashMap<>();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    RouteTablePublisher(RouteTableStore store) {
        this.store = store;
    }

    /** Newest table of the group that is known to be in the store; null: none is. */
    public @Nullable RouteTable published(String groupId) {
        return published.get(groupId);
    }

    /** Writes the table in the background, unless a table of the group is being written: then the caller comes again anyway. */
    public void publish(RouteTable table) {
        if (underWay.add(table.group())) {
            Thread.ofVirtual().name("publish-" + table.group()).start(() -> {
                try {
                    store.write(table);
                    published.put(table.group(), table);
                    VERSION.labels(table.group()).set((double) table.version());
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
}
