package io.tricolor.bench;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.contracts.router.TableIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Talks to strategy-service as a router does: one long poll for the tables of all groups, and reports of what it has
 * applied, changes at most every 100 ms, something every 5 s, everything every 30 s. It checks tables, keeps their
 * identity and routes nothing; unlike a real one it writes nothing to a disk.
 */
final class SimulatedRouter {

    private static final JsonMapper JSON = new JsonMapper();
    private static final long MIN_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(5);
    private static final long ROUND_INTERVAL = TimeUnit.SECONDS.toNanos(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ENVELOPE_BYTES = 2_048;

    /** Called when a table was applied, and when strategy-service has answered the report of it. */
    interface Listener {
        void applied(String group, TableIdentity table);

        void reported(String group, TableIdentity table);
    }

    private final String id;
    private final StrategyApi api;
    private final Map<Object, Object> shared;
    private final Listener listener;
    private final AtomicLong failures = new AtomicLong();
    private final Map<String, TableIdentity> tables = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Set<String> changed = new HashSet<>();
    private final List<Thread> threads = new ArrayList<>();

    // Of the reporting thread alone.
    private final String bootId = UUID.randomUUID().toString();
    private long sequence;
    private long round;
    private boolean roundDue = true;
    private long sentNanos = System.nanoTime() - MIN_INTERVAL;
    private long roundNanos;

    /**
     * @param shared names of groups and identities of tables, of which all routers have the same
     */
    SimulatedRouter(String id, StrategyApi api, Map<Object, Object> shared, Listener listener) {
        this.id = id;
        this.shared = shared;
        this.api = api;
        this.listener = listener;
    }

    void start() {
        threads.add(Thread.ofVirtual().name(id + "-poll").start(() -> repeat(new Poll())));
        threads.add(Thread.ofVirtual().name(id + "-report").start(() -> repeat(this::report)));
    }

    void stop() {
        threads.forEach(Thread::interrupt);
    }

    Map<String, TableIdentity> tables() {
        return tables;
    }

    /** Calls that failed, and were repeated. */
    long failures() {
        return failures.get();
    }

    @FunctionalInterface
    private interface Turn {
        void once() throws IOException, InterruptedException;
    }

    private void repeat(Turn turn) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    turn.once();
                } catch (IOException | RuntimeException e) {
                    failures.incrementAndGet();
                    Thread.sleep(1_000);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Poll implements Turn {

        private String cursor = "";

        @Override
        public void once() throws IOException, InterruptedException {
            String since = cursor.isEmpty() ? "" : "&since=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
            TableChanges answer;
            try (InputStream body =
                    api.open("/api/route-tables/changes?router=" + id + "&wait=20s" + since, PATIENCE)) {
                answer = JSON.readValue(body, TableChanges.class);
            }
            for (TableChanges.Change change : answer.tables()) {
                apply(change);
            }
            cursor = answer.cursor();
        }
    }

    private void apply(TableChanges.Change change) throws IOException {
        TableIdentity identity = TableIdentity.of(change.epoch(), change.version(), change.document());
        if (!identity.sha256().equals(change.sha256())) {
            throw new IOException("a table of " + change.group() + " is not what its hash says");
        }
        String group = (String) shared.computeIfAbsent(change.group(), name -> name);
        if (!identity.supersedes(tables.get(group))) {
            return;
        }
        tables.put(group, (TableIdentity) shared.computeIfAbsent(identity, table -> table));
        listener.applied(group, identity);
        lock.lock();
        try {
            changed.add(group);
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    private void report() throws IOException, InterruptedException {
        Set<String> groups = new HashSet<>();
        boolean isRound;
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = System.nanoTime();
                long sinceSent = now - sentNanos;
                isRound = roundDue || now - roundNanos >= ROUND_INTERVAL;
                if (isRound || (!changed.isEmpty() && sinceSent >= MIN_INTERVAL) || sinceSent >= INTERVAL) {
                    groups.addAll(changed);
                    changed.clear();
                    break;
                }
                long next = changed.isEmpty() ? INTERVAL : MIN_INTERVAL;
                news.awaitNanos(Math.max(1, Math.min(next - sinceSent, ROUND_INTERVAL - (now - roundNanos))));
            }
        } finally {
            lock.unlock();
        }
        try {
            send(groups, isRound);
        } catch (IOException e) {
            lock.lock();
            try {
                changed.addAll(groups);
            } finally {
                lock.unlock();
            }
            throw e;
        }
    }

    private void send(Set<String> groups, boolean isRound) throws IOException, InterruptedException {
        Map<String, TableIdentity> told = new TreeMap<>(tables);
        if (!isRound) {
            told.keySet().retainAll(groups);
        } else {
            round++;
        }
        List<String> parts = parts(told);
        for (int i = 0; i < parts.size(); i++) {
            JsonNode answer = api.put("/api/routers/" + id, """
                    {"routerId":"%s","bootId":"%s","kind":"simulated","sequence":%d,"round":%d,"last":%b,"groups":{%s}}
                    """.formatted(
                    id, bootId, ++sequence, isRound ? round : 0, isRound && i == parts.size() - 1, parts.get(i)));
            roundDue = answer.path("resync").asBoolean();
        }
        sentNanos = System.nanoTime();
        if (isRound) {
            roundNanos = sentNanos;
        }
        told.forEach(listener::reported);
    }

    /** At least one, which may be empty. */
    private static List<String> parts(Map<String, TableIdentity> tables) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (Map.Entry<String, TableIdentity> table : tables.entrySet()) {
            TableIdentity identity = table.getValue();
            String said = """
                    "%s":{"epoch":%d,"version":%d,"sha256":"%s","inFlight":{},"inFlightInstances":{},\
                    "usableInstances":{"A":{"web":["%s"]}},"incomplete":false}""".formatted(
                    table.getKey(), identity.epoch(), identity.version(), identity.sha256(), SeededGroups.INSTANCE);
            if (!part.isEmpty() && part.length() + said.length() + ENVELOPE_BYTES > RouterReport.MAX_BYTES) {
                parts.add(part.toString());
                part.setLength(0);
            }
            part.append(part.isEmpty() ? "" : ",").append(said);
        }
        parts.add(part.toString());
        return parts;
    }
}
