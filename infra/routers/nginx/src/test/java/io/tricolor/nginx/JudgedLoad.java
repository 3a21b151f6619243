package io.tricolor.nginx;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.routing.RouteTable;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;

/**
 * Load on a router whose table changes, with every answer judged. Users send one GET after the other, each over one
 * connection that has
 * to last; others send POSTs whose bodies take longer than a change, each over a connection of its own.
 *
 * <p>A request may be routed by a table that was published before its answer was there, and by none older than the
 * last one which the
 * router had reported as applied before it was sent. The router names the table to the instance, which tells it and
 * its own cluster:
 * that cluster must be the one which the named table gives the id. And once all workers have said "table N, nothing
 * in flight to A", A may
 * not be working on a request of an older table.
 */
final class JudgedLoad implements AutoCloseable {

    private static final int USERS = 8;
    private static final int SENDERS = 6;
    private static final long PAUSE_NANOS = 1_000_000;
    private static final long DRIP_NANOS = 40_000_000;
    private static final String BODY = "order";

    /** Where a table sends an id: what is expected, said without the router's code. */
    interface Expected {
        String cluster(long version, long id);
    }

    /** Requests that were not answered 200, or connections that did not last. */
    final Queue<String> errors = new ConcurrentLinkedQueue<>();

    /** Requests that reached another cluster than the router says. */
    final Queue<String> torn = new ConcurrentLinkedQueue<>();

    /**
     * Requests that went by a table that was not in force, or elsewhere than it says, or that were there after a
     * cluster was said to be idle.
     */
    final Queue<String> misrouted = new ConcurrentLinkedQueue<>();

    final AtomicLong gets = new AtomicLong();
    final AtomicLong posts = new AtomicLong();
    final AtomicLong slowestMicros = new AtomicLong();
    final Map<String, AtomicLong> served = new ConcurrentHashMap<>();

    private final URI router;
    private final FakeStrategy strategy;
    private final Expected expected;
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong applied = new AtomicLong();
    private final Map<String, Long> idleSince = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running = true;

    /**
     * @param version of the table that the router has applied
     * @param ids the next id to ask with
     */
    JudgedLoad(
            TestRouter router,
            FakeStrategy strategy,
            long version,
            List<FakeInstance> instances,
            ToLongFunction<Random> ids,
            Expected expected) {
        this.router = URI.create(router.url());
        this.strategy = strategy;
        this.expected = expected;
        published.set(version);
        applied.set(version);
        strategy.listener = this::take;
        for (FakeInstance instance : instances) {
            instance.listener = table -> judgeIdle(instance.cluster, table);
        }
        for (int u = 0; u < USERS; u++) {
            Random random = new Random(u);
            threads.add(Thread.startVirtualThread(() -> use(random, ids)));
        }
        for (int s = 0; s < SENDERS; s++) {
            Random random = new Random(100 + s);
            threads.add(Thread.startVirtualThread(() -> sendSlowly(random, ids)));
        }
    }

    /** From now on requests may be routed by this table. */
    void publish(RouteTable table) {
        published.set(table.version());
        strategy.publish(table);
    }

    /** Version that all workers have said to have applied. */
    long applied() {
        return applied.get();
    }

    private void take(RouterReport report) {
        GroupReport shop = report.groups().get("shop");
        if (shop == null || shop.incomplete()) {
            return;
        }
        long version = shop.version();
        for (String cluster : List.of("A", "B", "C")) {
            if (shop.inFlight().getOrDefault(cluster, 0) == 0) {
                idleSince.merge(cluster, version, Math::max);
            }
        }
        applied.accumulateAndGet(version, Math::max);
    }

    /** At the end of a request, in the instance: the router still counts it. */
    private void judgeIdle(String cluster, String table) {
        long idle = idleSince.getOrDefault(cluster, 0L);
        if (version(table) < idle) {
            misrouted.add(cluster + " has a request of table " + table + ", and was idle with table " + idle);
        }
    }

    private static long version(String table) {
        return Long.parseLong(table.substring(table.indexOf('.') + 1));
    }

    private void use(Random random, ToLongFunction<Random> ids) {
        try (Socket socket = new Socket(router.getHost(), router.getPort())) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (running) {
                long id = ids.applyAsLong(random);
                long oldest = applied.get();
                long began = System.nanoTime();
                out.write(("GET /?userId=" + id + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                Answer answer = Answer.read(in);
                slowestMicros.accumulateAndGet((System.nanoTime() - began) / 1_000, Math::max);
                gets.incrementAndGet();
                judge(answer, id, oldest, "GET 0");
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException e) {
            errors.add("a connection ended: " + e);
        }
    }

    private void sendSlowly(Random random, ToLongFunction<Random> ids) {
        while (running) {
            long id = ids.applyAsLong(random);
            long oldest = applied.get();
            try (Socket socket = new Socket(router.getHost(), router.getPort())) {
                socket.setTcpNoDelay(true);
                OutputStream out = socket.getOutputStream();
                out.write(("POST /?userId=" + id + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + BODY.length()
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                for (char c : BODY.toCharArray()) {
                    LockSupport.parkNanos(DRIP_NANOS);
                    out.write(c);
                }
                Answer answer = Answer.read(new BufferedInputStream(socket.getInputStream()));
                posts.incrementAndGet();
                judge(answer, id, oldest, "POST " + BODY.length());
            } catch (IOException e) {
                errors.add("a slow POST failed: " + e);
            }
        }
    }

    private void judge(Answer answer, long id, long oldest, String asked) {
        long newest = published.get();
        if (answer.status != 200 || !answer.body.endsWith(" " + asked)) {
            errors.add(asked + " of " + id + ": " + answer);
            return;
        }
        String cluster = answer.body.substring(0, answer.body.indexOf(' '));
        served.computeIfAbsent(cluster, c -> new AtomicLong()).incrementAndGet();
        if (!cluster.equals(answer.cluster)) {
            torn.add(asked + " of " + id + ": " + answer);
        }
        long version = version(answer.table);
        if (version < oldest || version > newest) {
            misrouted.add(asked + " of " + id + " by table " + version + ", in force were " + oldest + " to " + newest);
        } else if (!cluster.equals(expected.cluster(version, id))) {
            misrouted.add(asked + " of " + id + " to " + cluster + ", table " + version + " says "
                    + expected.cluster(version, id));
        }
    }

    @Override
    public void close() {
        running = false;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public String toString() {
        return gets + " requests, " + posts + " slow posts, slowest " + slowestMicros.get() / 1000 + " ms, served by "
                + served + "; " + errors.size() + " errors, " + torn.size() + " torn, " + misrouted.size()
                + " misrouted";
    }

    /** One answer of a connection that stays open. */
    private record Answer(int status, String cluster, String table, String body) {

        static Answer read(InputStream in) throws IOException {
            String[] status = line(in).split(" ", 3);
            String cluster = "";
            String table = "0.0";
            int length = 0;
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                int colon = line.indexOf(':');
                String value = line.substring(colon + 1).strip();
                switch (line.substring(0, colon)) {
                    case "X-Tricolor-Cluster" -> cluster = value;
                    case "X-Routed-By", "X-routed-by" -> table = value;
                    case "Content-Length", "Content-length" -> length = Integer.parseInt(value);
                    default -> {}
                }
            }
            return new Answer(
                    Integer.parseInt(status[1]),
                    cluster,
                    table,
                    new String(in.readNBytes(length), StandardCharsets.UTF_8));
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new EOFException("after '" + line + "'");
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }
    }
}
