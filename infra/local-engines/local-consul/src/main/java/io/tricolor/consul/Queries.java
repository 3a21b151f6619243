package io.tricolor.consul;

import io.tricolor.localhttp.Handler;
import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What all endpoints share: refusal of what is not supported, and blocking reads. */
final class Queries {
    private static final Duration DEFAULT_WAIT = Duration.ofMinutes(5);
    private static final Duration MAX_WAIT = Duration.ofMinutes(10);
    private static final int JITTER_FRACTION = 16;
    private static final List<String> UNSUPPORTED = List.of("ns", "partition", "peer", "sg", "merge-central-config");
    private static final Set<String> TRUE = Set.of("", "1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    /** What a read found, and at which index. */
    record Found(long index, Response response) {
        static Found json(long index, @Nullable Object value) {
            return new Found(index, Response.json(value));
        }
    }

    private final Engine engine;

    Queries(Engine engine) {
        this.engine = engine;
    }

    /**
     * A handler that first refuses foreign datacenters and parameters that are not supported. A token is passed over,
     * as by an agent without ACLs.
     */
    static Handler guarded(Handler handler) {
        return request -> {
            refuse(request);
            refuse(request, "filter");
            return handler.handle(request);
        };
    }

    /** As {@link #guarded}, for a handler that looks at the filter itself. */
    static Handler filtered(Handler handler) {
        return request -> {
            refuse(request);
            return handler.handle(request);
        };
    }

    /**
     * Answers at once, or, when the caller names the index it knows, as soon as {@code topic} is past it, at the latest
     * after its wait.
     */
    Response read(Request request, Topic topic, Function<State, Found> query) throws InterruptedException {
        long known = request.query("index", "a whole number", Long::valueOf).orElse(0L);
        if (known <= 0) {
            return answer(engine.read(query));
        }
        long deadline = System.nanoTime() + patience(request).toNanos();
        try (Watches.Watch watch = engine.watches().open(topic)) {
            while (true) {
                Found found = engine.read(query);
                long left = deadline - System.nanoTime();
                if (found.index() > known || left <= 0) {
                    return answer(found);
                }
                watch.await(left);
            }
        }
    }

    private static Response answer(Found found) {
        return found.response()
                .headers(Map.of(
                        "X-Consul-Index",
                        Long.toString(Math.max(1, found.index())),
                        "X-Consul-KnownLeader",
                        "true",
                        "X-Consul-LastContact",
                        "0",
                        "X-Consul-Effective-Consistency",
                        "leader"));
    }

    /** How long a request waits, with the part at random that keeps waiters apart. */
    static Duration patience(Request request) {
        Duration wait = request.query("wait", "a duration like 55s", GoDuration::parse)
                .filter(asked -> !asked.isZero())
                .orElse(DEFAULT_WAIT);
        Duration capped = wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
        return capped.plusNanos(ThreadLocalRandom.current().nextLong(capped.toNanos() / JITTER_FRACTION + 1));
    }

    /** A flag as clients in several languages write one; without a value it is set. */
    static boolean flag(Request request, String name) {
        return request.query(name)
                .map(value -> {
                    if (TRUE.contains(value) || FALSE.contains(value)) {
                        return TRUE.contains(value);
                    }
                    throw new HttpFailure(400, "query parameter " + name + " is true or false, not: " + value);
                })
                .orElse(false);
    }

    /** Whether a request asks for nodes with meta data: this one has none, so nothing is found then. */
    static boolean asksForOtherNodes(Request request) {
        return request.queryAll("node-meta").stream().anyMatch(pair -> !pair.isEmpty());
    }

    private static void refuse(Request request) {
        for (String parameter : UNSUPPORTED) {
            refuse(request, parameter);
        }
        request.query("dc")
                .filter(dc -> !dc.isEmpty() && !dc.equals(Node.DATACENTER))
                .ifPresent(dc -> {
                    throw new HttpFailure(500, "No path to datacenter");
                });
    }

    private static void refuse(Request request, String parameter) {
        if (request.query(parameter).filter(value -> !value.isEmpty()).isPresent()) {
            throw new HttpFailure(400, "query parameter " + parameter + " is not supported here by local-consul");
        }
    }
}
