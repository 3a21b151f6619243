package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/kv}. */
final class KvApi {
    static final int MAX_VALUE_BYTES = 512 << 10;

    private final Engine engine;
    private final Queries queries;

    KvApi(Engine engine, Queries queries) {
        this.engine = engine;
        this.queries = queries;
    }

    void addTo(LocalServer.Builder server) {
        server.get("/v1/kv/{key**}", Queries.guarded(this::get))
                .put("/v1/kv/{key**}", Queries.guarded(this::put))
                .delete("/v1/kv/{key**}", Queries.guarded(this::delete));
    }

    private Response get(Request request) throws InterruptedException {
        String key = request.path("key");
        if (Queries.flag(request, "keys")) {
            String separator = request.query("separator").orElse("");
            return queries.read(request, new Topic.Prefix(key), state -> keys(state, key, separator));
        }
        if (Queries.flag(request, "recurse")) {
            return queries.read(request, new Topic.Prefix(key), state -> tree(state, key));
        }
        requireKey(key);
        boolean raw = Queries.flag(request, "raw");
        return queries.read(request, new Topic.Key(key), state -> single(state, key, raw));
    }

    private static Queries.Found single(State state, String key, boolean raw) {
        KvEntry entry = state.key(key);
        if (entry == null) {
            return new Queries.Found(state.keyIndex(key), Response.empty(404));
        }
        return new Queries.Found(
                entry.modifyIndex(),
                raw
                        ? Response.bytes(200, "application/octet-stream", entry.content())
                        : Response.json(List.of(entry.view(true))));
    }

    private static Queries.Found tree(State state, String prefix) {
        Collection<KvEntry> entries = state.tree(prefix);
        if (entries.isEmpty()) {
            return new Queries.Found(state.treeIndex(prefix), Response.empty(404));
        }
        List<Map<String, @Nullable Object>> views =
                entries.stream().map(entry -> entry.view(true)).toList();
        return Queries.Found.json(state.treeIndex(prefix), views);
    }

    private static Queries.Found keys(State state, String prefix, String separator) {
        Collection<KvEntry> entries = state.tree(prefix);
        if (entries.isEmpty()) {
            return new Queries.Found(state.treeIndex(prefix), Response.empty(404));
        }
        TreeSet<String> keys = new TreeSet<>();
        for (KvEntry entry : entries) {
            int cut = separator.isEmpty() ? -1 : entry.key().indexOf(separator, prefix.length());
            keys.add(cut < 0 ? entry.key() : entry.key().substring(0, cut + separator.length()));
        }
        return Queries.Found.json(state.treeIndex(prefix), keys);
    }

    private Response put(Request request) throws IOException, InterruptedException {
        String key = request.path("key");
        requireKey(key);
        long flags = unsigned(request, "flags").orElse(0L);
        Optional<Long> cas = unsigned(request, "cas");
        Optional<String> acquire = request.query("acquire");
        Optional<String> release = request.query("release");
        refuseSeveral(Map.of("cas", cas.isPresent(), "acquire", acquire.isPresent(), "release", release.isPresent()));
        byte[] body = request.body();
        if (body.length > MAX_VALUE_BYTES) {
            throw new HttpFailure(
                    413, "Request body(" + body.length + " bytes) too large, max size: " + MAX_VALUE_BYTES + " bytes");
        }
        String value = KvEntry.encode(body);
        return Response.json(engine.<Boolean>write(tx -> {
            KeyValues keys = new KeyValues(tx);
            boolean done;
            if (cas.isPresent()) {
                done = keys.setIf(cas.get(), key, value, flags);
            } else if (acquire.isPresent()) {
                done = keys.acquire(acquire.get(), key, value, flags);
            } else if (release.isPresent()) {
                done = keys.release(release.get(), key, value, flags);
            } else {
                keys.set(key, value, flags);
                done = true;
            }
            keys.commit();
            return done;
        }));
    }

    private Response delete(Request request) throws InterruptedException {
        String key = request.path("key");
        boolean recurse = Queries.flag(request, "recurse");
        Optional<Long> cas = unsigned(request, "cas");
        refuseSeveral(Map.of("recurse", recurse, "cas", cas.isPresent()));
        if (!recurse) {
            requireKey(key);
        }
        return Response.json(engine.<Boolean>write(tx -> {
            KeyValues keys = new KeyValues(tx);
            boolean done = true;
            if (recurse) {
                keys.deleteTree(key);
            } else if (cas.isPresent()) {
                done = keys.deleteIf(cas.get(), key);
            } else {
                keys.delete(key);
            }
            keys.commit();
            return done;
        }));
    }

    private static Optional<Long> unsigned(Request request, String name) {
        return request.query(name, "a whole number without a sign", Long::parseUnsignedLong);
    }

    private static void requireKey(String key) {
        if (key.isEmpty()) {
            throw new HttpFailure(400, "Missing key name");
        }
    }

    private static void refuseSeveral(Map<String, Boolean> parameters) {
        Stream<String> given = parameters.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .sorted();
        List<String> names = given.toList();
        if (names.size() > 1) {
            throw new HttpFailure(400, "Conflicting flags: " + String.join(", ", names));
        }
    }
}
