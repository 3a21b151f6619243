package io.tricolor.gateway;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.core.JacksonException;

/**
 * Reports to strategy-service what this router has applied and what is in flight: changed groups at most every 100
 * ms, at once when a
 * drain has ended, nothing or changed counts every interval, and everything in a full round at the start of a boot,
 * every 30 s and
 * when asked. One thread sends one report after the other, so that a later state is never overtaken by an earlier one.
 */
final class RouterReporter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(RouterReporter.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long MIN_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long ROUND_INTERVAL = TimeUnit.SECONDS.toNanos(30);

    /** Room for everything in a report but its groups. */
    private static final int ENVELOPE_BYTES = 2_048;

    private final RoutingState state;
    private final TableStore store;
    private final Peer strategy;
    private final GatewaySettings settings;
    private final String routerId;
    private final @Nullable String address;
    private final Loops<String> loop;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Set<String> changed = new HashSet<>();
    private boolean urgent;

    private volatile boolean running;
    private boolean accepted = true;

    // Of the reporting thread alone from here on.
    private String bootId = UUID.randomUUID().toString();
    private long sequence;
    private long round;
    private boolean roundDue = true;
    private long sentNanos = System.nanoTime() - MIN_INTERVAL;
    private long roundNanos;
    private final Map<String, GroupReport> sent = new HashMap<>();

    RouterReporter(
            RoutingState state,
            TableStore store,
            Peer strategy,
            GatewaySettings settings,
            String routerId,
            @Nullable String address,
            GatewayMetrics metrics) {
        this.state = state;
        this.store = store;
        this.strategy = strategy;
        this.settings = settings;
        this.routerId = routerId;
        this.address = address;
        this.loop = new Loops<>("report", metrics);
    }

    /** What the next report is about. */
    private enum Occasion {
        CHANGES,
        INTERVAL,
        ROUND
    }

    @Override
    public void start() {
        running = true;
        state.onChange(this::changed);
        store.onRefusal(group -> changed(group, false));
        loop.start(routerId, this::reportOnce);
    }

    @Override
    public void stop() {
        running = false;
        loop.stop(PATIENCE);
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

    private void changed(String group, boolean isUrgent) {
        lock.lock();
        try {
            changed.add(group);
            urgent |= isUrgent;
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    private Duration reportOnce() throws InterruptedException {
        Set<String> groups = new TreeSet<>();
        Occasion occasion = await(groups);
        boolean taken = switch (occasion) {
            case ROUND -> sendRound();
            case CHANGES -> sendChanges(groups, false);
            // Counts that went up and down do not make a report of their own; they go along here.
            case INTERVAL -> sendChanges(known(), true);
        };
        sentNanos = System.nanoTime();
        if (taken) {
            return Duration.ZERO;
        }
        lock.lock();
        try {
            changed.addAll(groups);
        } finally {
            lock.unlock();
        }
        return settings.reportInterval().compareTo(Duration.ofSeconds(1)) < 0
                ? settings.reportInterval()
                : Duration.ofSeconds(1);
    }

    /** Waits for something to report, and moves the groups that have changed into {@code groups}. */
    private Occasion await(Set<String> groups) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = System.nanoTime();
                long sinceSent = now - sentNanos;
                boolean isRound = roundDue || now - roundNanos >= ROUND_INTERVAL;
                boolean isChange = !changed.isEmpty() && (urgent || sinceSent >= MIN_INTERVAL);
                if (isRound
                        || isChange
                        || sinceSent >= settings.reportInterval().toNanos()) {
                    groups.addAll(changed);
                    changed.clear();
                    urgent = false;
                    return isRound ? Occasion.ROUND : isChange ? Occasion.CHANGES : Occasion.INTERVAL;
                }
                long next = changed.isEmpty() ? settings.reportInterval().toNanos() : MIN_INTERVAL;
                long left = Math.min(next - sinceSent, ROUND_INTERVAL - (now - roundNanos));
                if (news.awaitNanos(Math.max(left, 1)) <= 0) {
                    log.trace("nothing new");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean sendChanges(Set<String> candidates, boolean evenIfNothing) throws InterruptedException {
        SortedMap<String, GroupReport> groups = new TreeMap<>();
        for (String group : candidates) {
            GroupReport report = report(group);
            if (report != null && !report.equals(sent.get(group))) {
                groups.put(group, report);
            }
        }
        if (groups.isEmpty() && !evenIfNothing) {
            return true;
        }
        List<SortedMap<String, GroupReport>> parts = parts(groups);
        for (SortedMap<String, GroupReport> part : parts) {
            if (!send(part, 0, false)) {
                return false;
            }
        }
        return true;
    }

    private boolean sendRound() throws InterruptedException {
        SortedMap<String, GroupReport> groups = new TreeMap<>();
        for (String group : known()) {
            GroupReport report = report(group);
            if (report != null) {
                groups.put(group, report);
            }
        }
        roundDue = false;
        round++;
        List<SortedMap<String, GroupReport>> parts = parts(groups);
        for (int i = 0; i < parts.size(); i++) {
            if (!send(parts.get(i), round, i == parts.size() - 1)) {
                roundDue = true;
                return false;
            }
        }
        roundNanos = System.nanoTime();
        sent.keySet().retainAll(groups.keySet());
        return true;
    }

    /** At least one, which may be empty. */
    private static List<SortedMap<String, GroupReport>> parts(SortedMap<String, GroupReport> groups) {
        List<SortedMap<String, GroupReport>> parts = new ArrayList<>();
        SortedMap<String, GroupReport> part = new TreeMap<>();
        int bytes = ENVELOPE_BYTES;
        for (Map.Entry<String, GroupReport> group : groups.entrySet()) {
            int size = Json.STRICT.writeValueAsBytes(group.getValue()).length
                    + group.getKey().length()
                    + 4;
            if (!part.isEmpty() && bytes + size > RouterReport.MAX_BYTES) {
                parts.add(part);
                part = new TreeMap<>();
                bytes = ENVELOPE_BYTES;
            }
            part.put(group.getKey(), group.getValue());
            bytes += size;
        }
        parts.add(part);
        return parts;
    }

    private boolean send(SortedMap<String, GroupReport> groups, long ofRound, boolean last)
            throws InterruptedException {
        RouterReport report = new RouterReport(routerId, bootId, "gateway", address, ++sequence, ofRound, last, groups);
        try {
            HttpResponse<String> answer =
                    strategy.put("/api/routers/" + routerId, Json.STRICT.writeValueAsString(report), PATIENCE);
            if (answer.statusCode() / 100 != 2) {
                return failed("answered " + answer.statusCode());
            }
            take(Json.LENIENT.readValue(answer.body(), RouterReport.Answer.class));
        } catch (IOException | JacksonException e) {
            return failed(e.toString());
        }
        sent.putAll(groups);
        if (!accepted) {
            accepted = true;
            log.info("strategy-service takes reports again");
        }
        return true;
    }

    private void take(RouterReport.Answer answer) {
        if (answer.evicted()) {
            // Taken for gone, yet it serves: as a new boot it is waited for again.
            bootId = UUID.randomUUID().toString();
            sequence = 0;
            round = 0;
            roundDue = true;
            log.warn("router {} was evicted, it registers anew", routerId);
        }
        roundDue |= answer.resync();
    }

    private boolean failed(String reason) {
        if (accepted) {
            accepted = false;
            log.warn("strategy-service does not take reports: {}", reason);
        }
        return false;
    }

    private SortedSet<String> known() {
        SortedSet<String> groups = new TreeSet<>(store.applied().keySet());
        groups.addAll(store.refused());
        return groups;
    }

    /**
     * The identity and the snapshot are read first, the counts after them: see {@link RoutingState}. Null when
     * nothing is known of the group.
     */
    @Nullable
    GroupReport report(String group) {
        TableIdentity applied = store.swapped(group);
        RoutingState.Snapshot snapshot = state.snapshot();
        TableStore.Refusal refusal = store.refusal(group);
        if (applied == null && refusal == null) {
            return null;
        }
        TableIdentity identity = applied == null ? TableIdentity.NONE : applied;
        return new GroupReport(
                identity.epoch(),
                identity.version(),
                identity.sha256(),
                state.inFlight(group),
                state.inFlightInstances(snapshot, group),
                usableInstances(snapshot, group),
                false,
                refusal == null ? null : refusal.version(),
                refusal == null ? null : refusal.message());
    }

    private static SortedMap<String, SortedMap<String, List<String>>> usableInstances(
            RoutingState.Snapshot snapshot, String group) {
        SortedMap<String, SortedMap<String, List<String>>> usable = new TreeMap<>();
        snapshot.services(group)
                .forEach(service -> snapshot.endpoints(service)
                        .byCluster()
                        .forEach((cluster, list) -> usable.computeIfAbsent(cluster, c -> new TreeMap<>())
                                .put(
                                        service.service(),
                                        list.stream().map(Endpoint::id).toList())));
        return usable;
    }
}
