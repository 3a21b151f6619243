package io.tricolor.standalone.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Steady traffic of many users through the gateway until it is closed, after a few seconds in which it grows. Requests
 * start by the clock and not when others are answered, so that a slow answer does not hide the ones after it.
 * Connections are kept alive.
 */
public final class Traffic implements AutoCloseable {

    /** Until the full rate is reached. */
    static final Duration RAMP = Duration.ofSeconds(4);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int USERS = 12_000;

    /** Ids at the ends of the whitelist's intervals come often. */
    private static final List<String> CORNERS =
            List.of("1", "2", "3", "100", "101", "599", "600", "10000", "10001", "0", "-1", "user-7");

    private final HttpClient client;
    private final URI target;
    private final Duration gap;
    private final Random random;
    private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final Phaser underWay = new Phaser(1);
    private final Instant clockStart = Instant.now();
    private final long clockNanos = System.nanoTime();
    private final Thread clock;
    private volatile boolean closed;

    private Traffic(HttpClient client, URI target, int ratePerSecond, long seed) {
        this.client = client;
        this.target = target;
        this.gap = Duration.ofSeconds(1).dividedBy(ratePerSecond);
        this.random = new Random(seed);
        this.clock = Thread.ofPlatform().name("traffic").unstarted(this::run);
    }

    /** Begins. Seeded, so that the same users come in the same order. */
    public static Traffic start(HttpClient client, URI target, int ratePerSecond, long seed) {
        var traffic = new Traffic(client, target, ratePerSecond, seed);
        traffic.clock.start();
        return traffic;
    }

    /** What was answered or failed so far. */
    public List<Exchange> exchanges() {
        return List.copyOf(exchanges);
    }

    /** Number of answers and failures so far. */
    public int size() {
        return exchanges.size();
    }

    /** Starts no more requests and waits for those under way. */
    @Override
    public void close() {
        closed = true;
        try {
            clock.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        int phase = underWay.arrive();
        underWay.awaitAdvance(phase);
    }

    private void run() {
        long began = System.nanoTime();
        long next = began;
        while (!closed) {
            String userId = userId();
            boolean post = random.nextInt(100) < 4;
            int item = random.nextInt(1000);
            underWay.register();
            Thread.ofVirtual().start(() -> {
                try {
                    exchanges.add(exchange(userId, post, item));
                } finally {
                    underWay.arriveAndDeregister();
                }
            });
            next += gap(next - began).toNanos();
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    /** Pause before the next request: long at first, so that connections and compiled code come step by step. */
    private Duration gap(long nanosSinceStart) {
        double share = Math.clamp(nanosSinceStart / (double) RAMP.toNanos(), 0.1, 1.0);
        return Duration.ofNanos(Math.round(gap.toNanos() / share));
    }

    private @Nullable String userId() {
        int kind = random.nextInt(100);
        if (kind < 5) {
            return null;
        }
        return kind < 15 ? CORNERS.get(random.nextInt(CORNERS.size())) : Integer.toString(1 + random.nextInt(USERS));
    }

    private Exchange exchange(@Nullable String userId, boolean post, int item) {
        var request =
                HttpRequest.newBuilder(URI.create(target + "/items/" + item)).timeout(PATIENCE);
        if (userId != null) {
            request.header("X-User-Id", userId);
        }
        if (post) {
            request.POST(HttpRequest.BodyPublishers.ofString("{\"item\":" + item + "}"));
        }
        String method = post ? "POST" : "GET";
        long began = System.nanoTime();
        // Wall clock that never steps: it is compared with the times of events.
        Instant sent = clockStart.plusNanos(began - clockNanos);
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            String body = response.body();
            boolean ok = response.statusCode() == 200;
            return new Exchange(
                    sent,
                    took,
                    method,
                    userId,
                    response.statusCode(),
                    response.headers().firstValue("X-Tricolor-Cluster").orElse(null),
                    ok ? member(body, "cluster") : null,
                    ok ? member(body, "version") : null,
                    ok ? null : body.substring(0, Math.min(200, body.length())));
        } catch (IOException e) {
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            return new Exchange(sent, took, method, userId, 0, null, null, null, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            return new Exchange(sent, took, method, userId, 0, null, null, null, "interrupted");
        }
    }

    /** Text member of the sample application's flat JSON; quicker than a parser, several hundred times a second. */
    static @Nullable String member(String json, String name) {
        String key = "\"" + name + "\":\"";
        int from = json.indexOf(key);
        int until = from < 0 ? -1 : json.indexOf('"', from + key.length());
        return until < 0 ? null : json.substring(from + key.length(), until);
    }
}
