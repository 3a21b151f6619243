package io.tricolor.gateway;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.core.JacksonException;

/**
 * Tells strategy-service what this router has applied and what is in flight: at once after a change, else every interval. One thread
 * sends one report after the other, so that a later state is never overtaken by an earlier one.
 */
final class RouterReporter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(RouterReporter.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final RoutingState state;
    private final TableStore store;
    private final Peer strategy;
    private final GatewaySettings settings;
    private final String routerId;
    private final @Nullable String address;
    private final Semaphore news = new Semaphore(0);
    private final Followers<String> thread = new Followers<>("report");

    private volatile boolean running;
    private boolean accepted = true;
    private long sequence;
    private volatile String bootId = UUID.randomUUID().toString();

    RouterReporter(
            RoutingState state,
            TableStore store,
            Peer strategy,
            GatewaySettings settings,
            String routerId,
            @Nullable String address) {
        this.state = state;
        this.store = store;
        this.strategy = strategy;
        this.settings = settings;
        this.routerId = routerId;
        this.address = address;
    }

    record Answer(boolean evicted) {}

    @Override
    public void start() {
        running = true;
        state.onChange(news::release);
        thread.start(routerId, this::reportForEver);
    }

    @Override
    public void stop() {
        running = false;
        thread.stop(PATIENCE);
        try {
            strategy.delete("/api/routers/" + routerId, PATIENCE);
            log.info("router {} signed off", routerId);
        } catch (IOException e) {
            log.warn("router {} could not sign off: {}", routerId, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts before the web server; stops after it has finished what was in flight, and before the sources. */
    @Override
    public int getPhase() {
        return 2;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void reportForEver() throws InterruptedException {
        while (running) {
            boolean sent = send();
            if (sent) {
                news.tryAcquire(settings.reportInterval().toMillis(), TimeUnit.MILLISECONDS);
            } else {
                Thread.sleep(settings.reportInterval());
            }
            // Before the next report is made: what comes from here on is news again.
            news.drainPermits();
        }
    }

    private boolean send() throws InterruptedException {
        try {
            HttpResponse<String> answer =
                    strategy.put("/api/routers/" + routerId, Json.STRICT.writeValueAsString(report()), PATIENCE);
            if (answer.statusCode() / 100 != 2) {
                return failed("answered " + answer.statusCode());
            }
            if (!accepted) {
                accepted = true;
                log.info("strategy-service takes reports again");
            }
            boolean evicted = !answer.body().isBlank()
                    && Json.LENIENT.readValue(answer.body(), Answer.class).evicted();
            if (evicted) {
                // Taken for gone, yet it serves: as a new boot it is waited for again.
                bootId = UUID.randomUUID().toString();
                news.release();
                log.warn("router {} was evicted, it registers anew", routerId);
            }
            return true;
        } catch (IOException | JacksonException e) {
            return failed(e.toString());
        }
    }

    private boolean failed(String reason) {
        if (accepted) {
            accepted = false;
            log.warn("strategy-service does not take reports: {}", reason);
        }
        return false;
    }

    /** The snapshot is read first, the counts after it: see {@link RoutingState}. */
    RouterReport report() {
        RoutingState.Snapshot snapshot = state.snapshot();
        SortedMap<String, RouterReport.GroupReport> groups = new TreeMap<>();
        snapshot.tables().forEach((group, table) -> {
            TableStore.Refusal refusal = store.refusal(group);
            groups.put(
                    group,
                    new RouterReport.GroupReport(
                            table.table().epoch(),
                            table.table().version(),
                            "",
                            state.inFlight(group),
                            new TreeMap<>(),
                            usableInstances(snapshot, group),
                            false,
                            refusal == null ? null : refusal.version(),
                            refusal == null ? null : refusal.message()));
        });
        return new RouterReport(routerId, bootId, "gateway", address, ++sequence, sequence, true, groups);
    }

    private static SortedMap<String, SortedMap<String, List<String>>> usableInstances(
            RoutingState.Snapshot snapshot, String group) {
        SortedMap<String, SortedMap<String, List<String>>> usable = new TreeMap<>();
        snapshot.endpoints().forEach((service, endpoints) -> {
            if (service.group().equals(group)) {
                endpoints.byCluster().forEach((cluster, list) -> usable.computeIfAbsent(cluster, c -> new TreeMap<>())
                        .put(service.service(), list.stream().map(Endpoint::id).toList()));
            }
        });
        return usable;
    }
}
