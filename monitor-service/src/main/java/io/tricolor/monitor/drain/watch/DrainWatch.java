package io.tricolor.monitor.drain.watch;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.monitor.drain.domain.DrainCheck;
import io.tricolor.monitor.drain.domain.DrainCheck.Counted;
import io.tricolor.monitor.drain.domain.DrainCheck.Judgement;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.registry.Rounds;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Reads the routers' reports every round; judges a drain when asked, on the newest table and on the routers' own
 * metrics.
 */
@Component
public class DrainWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DrainWatch.class);

    private static final Gauge ROUTERS = Gauge.build(
                    "tricolor_monitor_routers", "Known routers by whether they report in time")
            .labelNames("state")
            .register();
    private static final Gauge IN_FLIGHT = Gauge.build(
                    "tricolor_monitor_router_requests_in_flight",
                    "Requests not yet answered, as routers report them, of all routers together")
            .labelNames("group", "cluster")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_monitor_strategy_failures_total", "Calls of strategy-service that failed")
            .register();

    /** One reading of the routers' reports. */
    private record Reading(List<KnownRouter> routers, Instant at) {}

    private final Strategy strategy;
    private final RouterPages pages;
    private final DrainCheck check;
    private final MonitorProperties properties;
    private final InstantSource clock;
    private Set<List<String>> shown = Set.of();
    private volatile @Nullable Reading last;
    private @Nullable Rounds rounds;

    DrainWatch(Strategy strategy, Outgoing outgoing, MonitorProperties properties, InstantSource clock) {
        this.strategy = strategy;
        this.pages = new RouterPages(outgoing);
        this.check = new DrainCheck(properties.staleAfter());
        this.properties = properties;
        this.clock = clock;
    }

    /** A judgement and when it was made. */
    public record Drain(String group, String cluster, Judgement judgement, Instant at) {}

    /** Judges the drain of a cluster now. Blocking. */
    public Drain judge(String group, String cluster) throws InterruptedException {
        // The table first: a report that is read after it cannot be about an older table without showing it.
        Optional<RouteTable> table = table(group);
        Optional<List<KnownRouter>> routers = read();
        Map<String, Counted> counted = new HashMap<>();
        for (KnownRouter router : routers.orElse(List.of())) {
            String address = router.report().address();
            if (address != null) {
                counted.put(router.report().routerId(), pages.inFlight(address, group, cluster));
            }
        }
        Instant now = clock.instant();
        return new Drain(group, cluster, check.judge(cluster, table, routers, counted, now), now);
    }

    /** What was read last, if that is not too long ago. */
    public Optional<List<KnownRouter>> routers() {
        Reading reading = last;
        return reading == null || reading.at().plus(properties.staleAfter()).isBefore(clock.instant())
                ? Optional.empty()
                : Optional.of(reading.routers());
    }

    @Override
    public void start() {
        rounds = Rounds.start("drain-watch", properties.interval(), this::round);
    }

    @Override
    public void stop() {
        if (rounds != null) {
            rounds.stop();
            rounds = null;
        }
    }

    @Override
    public boolean isRunning() {
        return rounds != null;
    }

    private void round() throws InterruptedException {
        List<KnownRouter> routers = read().orElse(List.of());
        long silent = routers.stream().filter(KnownRouter::silent).count();
        ROUTERS.labels("silent").set((double) silent);
        ROUTERS.labels("reporting").set((double) (routers.size() - silent));
        Map<List<String>, Integer> totals = new HashMap<>();
        routers.forEach(router -> router.report()
                .groups()
                .forEach((group, report) -> report.inFlight()
                        .forEach((cluster, count) -> totals.merge(List.of(group, cluster), count, Integer::sum))));
        shown.stream()
                .filter(labels -> !totals.containsKey(labels))
                .forEach(labels -> IN_FLIGHT.remove(labels.toArray(String[]::new)));
        totals.forEach((labels, total) ->
                IN_FLIGHT.labels(labels.toArray(String[]::new)).set(total));
        shown = Set.copyOf(totals.keySet());
    }

    private Optional<List<KnownRouter>> read() throws InterruptedException {
        try {
            List<KnownRouter> routers = strategy.routers();
            last = new Reading(routers, clock.instant());
            return Optional.of(routers);
        } catch (IOException e) {
            FAILURES.inc();
            log.debug("the routers' reports cannot be read", e);
            return Optional.empty();
        }
    }

    private Optional<RouteTable> table(String group) throws InterruptedException {
        try {
            return strategy.table(group);
        } catch (IOException e) {
            FAILURES.inc();
            log.debug("the route table of {} cannot be read", group, e);
            return Optional.empty();
        }
    }
}
