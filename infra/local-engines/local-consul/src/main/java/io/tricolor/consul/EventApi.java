package io.tricolor.consul;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/event}: what somebody tells whoever listens. Kept in memory, the last ones only, as an agent keeps
 * them. The index of an answer is made of the id of its newest event, as the agent makes it: it says that there is
 * another one and nothing of an order.
 */
final class EventApi {
    private static final int KEPT = 256;
    private static final int MAX_PAYLOAD_BYTES = 512;

    private final Deque<Map<String, @Nullable Object>> events = new ArrayDeque<>();
    private final Engine engine;
    private long time = 1;

    EventApi(Engine engine) {
        this.engine = engine;
    }

    void addTo(LocalServer.Builder server) {
        server.put("/v1/event/fire/{name*}", Queries.guarded(this::fire))
                .get("/v1/event/list", Queries.guarded(this::list));
    }

    private Response fire(Request request) throws IOException {
        String name = request.path("name");
        if (name.isEmpty()) {
            throw new HttpFailure(400, "Missing name");
        }
        byte[] payload = request.body();
        if (payload.length > MAX_PAYLOAD_BYTES) {
            throw new HttpFailure(
                    500, "user event exceeds limit of " + MAX_PAYLOAD_BYTES + " bytes: " + payload.length);
        }
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("ID", UUID.randomUUID().toString());
        event.put("Name", name);
        event.put("Payload", payload.length == 0 ? null : Base64.getEncoder().encodeToString(payload));
        event.put("NodeFilter", request.query("node").orElse(""));
        event.put("ServiceFilter", request.query("service").orElse(""));
        event.put("TagFilter", request.query("tag").orElse(""));
        event.put("Version", 1);
        event.put("LTime", 0);
        if (!isMeant(request)) {
            return Response.json(event);
        }
        Map<String, @Nullable Object> heard = new LinkedHashMap<>(event);
        synchronized (events) {
            heard.put("LTime", ++time);
            events.addLast(heard);
            if (events.size() > KEPT) {
                events.removeFirst();
            }
            events.notifyAll();
        }
        return Response.json(event);
    }

    /** Whether this node, and what is registered on it, is who the event is for. */
    private boolean isMeant(Request request) {
        Optional<Pattern> node = pattern(request, "node");
        Optional<Pattern> service = pattern(request, "service");
        Optional<Pattern> tag = pattern(request, "tag");
        return node.map(name -> name.matcher(Node.NAME).find()).orElse(true)
                && service.map(name -> engine.read(state -> state.services().stream()
                                .filter(each -> name.matcher(each.name()).find())
                                .anyMatch(each -> tag.isEmpty()
                                        || each.tags().stream()
                                                .anyMatch(one ->
                                                        tag.get().matcher(one).find()))))
                        .orElse(true);
    }

    private static Optional<Pattern> pattern(Request request, String parameter) {
        try {
            return request.query(parameter).filter(text -> !text.isEmpty()).map(Pattern::compile);
        } catch (PatternSyntaxException e) {
            throw new HttpFailure(400, "Invalid " + parameter + " filter: " + e.getMessage());
        }
    }

    private Response list(Request request) throws InterruptedException {
        String name = request.query("name").orElse("");
        // It has no sign: clients in some languages send the upper half as a negative number.
        String known = request.query("index").orElse("");
        long end = System.nanoTime() + Queries.patience(request).toNanos();
        synchronized (events) {
            List<Map<String, @Nullable Object>> found = named(name);
            while (!known.isEmpty() && known.equals(index(found)) && end - System.nanoTime() > 0) {
                events.wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                found = named(name);
            }
            return Response.json(found).headers(Map.of("X-Consul-Index", index(found), "X-Consul-KnownLeader", "true"));
        }
    }

    private List<Map<String, @Nullable Object>> named(String name) {
        return events.stream()
                .filter(event -> name.isEmpty() || name.equals(event.get("Name")))
                .toList();
    }

    /** Both halves of the newest id, put over each other. */
    private static String index(List<Map<String, @Nullable Object>> found) {
        if (found.isEmpty()) {
            return "0";
        }
        UUID id = UUID.fromString(String.valueOf(found.getLast().get("ID")));
        return Long.toUnsignedString(id.getMostSignificantBits() ^ id.getLeastSignificantBits());
    }
}
