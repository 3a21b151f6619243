package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.registry.ConsulCalls;
import io.tricolor.kit.registry.ConsulProperties;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tables in the key-value store of Consul, {@code tricolor/route-tables/<group>}; written by compare-and-set. */
@Component
class ConsulRouteTables implements RouteTableStore, AutoCloseable {

    private static final String PREFIX = "tricolor/route-tables/";
    private static final int ATTEMPTS = 5;
    private static final int NOT_FOUND = 404;

    /** A thousand groups with large tables. */
    private static final long MAX_BYTES = 256L << 20;

    private final ConsulCalls calls;
    private final ConsulProperties consul;
    private final JsonMapper json = ContractsJson.mapper();

    /** By group, of the last reading of all copies. */
    private volatile Map<String, Known> known = Map.of();

    ConsulRouteTables(ConsulProperties consul) {
        this.consul = consul;
        this.calls = new ConsulCalls(consul, MAX_BYTES);
    }

    @Override
    public Optional<String> read(String groupId) throws IOException, InterruptedException {
        return stored(groupId).map(Stored::document);
    }

    @Override
    public Copies copies(long index, Duration wait) throws IOException, InterruptedException {
        String blocking = index == 0 ? "" : "&index=" + index + "&wait=" + wait.toSeconds() + "s";
        // Consul may add a sixteenth of the wait, so that not all come back at once.
        HttpAnswer answer = calls.send(
                calls.request("/v1/kv/" + PREFIX + "?recurse" + blocking).GET().build(),
                wait.plus(wait.dividedBy(8)).plus(consul.timeout()));
        SortedMap<String, TableIdentity> tables = new TreeMap<>();
        if (answer.isOk()) {
            Map<String, Known> now = new HashMap<>();
            for (JsonNode entry : json.readTree(answer.body())) {
                String group = entry.path("Key").asString("").substring(PREFIX.length());
                Known copy = known(group, entry);
                now.put(group, copy);
                tables.put(group, copy.identity());
            }
            known = now;
        } else if (answer.status() != NOT_FOUND) {
            throw new IOException("Consul answered " + answer.status() + " for the tables");
        }
        long reached = answer.headers().firstValueAsLong("X-Consul-Index").orElse(0);
        // An index that went backwards means that the server starts over: so does the client.
        return new Copies(reached < index ? 0 : reached, tables);
    }

    @Override
    public TableIdentity write(RouteTableDocument table) throws IOException, InterruptedException {
        String groupId = table.table().group();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stored> stored = stored(groupId);
            if (stored.isPresent()) {
                TableIdentity there = identity(stored.get().document());
                if (there.equals(table.identity()) || there.supersedes(table.identity())) {
                    return there;
                }
            }
            long index = stored.map(Stored::modifyIndex).orElse(0L);
            HttpAnswer answer = calls.send(request(groupId, "?cas=" + index)
                    .PUT(BodyPublishers.ofString(table.json()))
                    .build());
            if (!answer.isOk()) {
                throw new IOException("Consul answered " + answer.status() + " to a table of " + groupId);
            }
            if (answer.text().strip().equals("true")) {
                return table.identity();
            }
        }
        throw new IOException("another writer kept changing the table of " + groupId);
    }

    private Optional<Stored> stored(String groupId) throws IOException, InterruptedException {
        HttpAnswer answer = calls.send(request(groupId, "").GET().build());
        if (answer.status() == NOT_FOUND) {
            return Optional.empty();
        }
        if (!answer.isOk()) {
            throw new IOException("Consul answered " + answer.status() + " for the table of " + groupId);
        }
        try {
            JsonNode entry = json.readTree(answer.body()).get(0);
            return Optional.of(
                    new Stored(document(entry), entry.get("ModifyIndex").asLong()));
        } catch (JacksonException e) {
            throw new IOException("Consul's answer for the table of " + groupId + " cannot be read", e);
        }
    }

    /** A table is only decoded when it is not what was read last. */
    private Known known(String group, JsonNode entry) {
        String digest = TableIdentity.sha256(entry.path("Value").asString("").getBytes(StandardCharsets.ISO_8859_1));
        Known last = known.get(group);
        return last != null && last.digest().equals(digest) ? last : new Known(digest, identity(document(entry)));
    }

    private static String document(JsonNode entry) {
        return new String(Base64.getDecoder().decode(entry.path("Value").asString("")), StandardCharsets.UTF_8);
    }

    private TableIdentity identity(String document) {
        try {
            RouteTable table = json.readValue(document, RouteTable.class);
            return table == null ? TableIdentity.NONE : TableIdentity.of(table.epoch(), table.version(), document);
        } catch (JacksonException | Rejected e) {
            return TableIdentity.NONE;
        }
    }

    private HttpRequest.Builder request(String groupId, String query) {
        return calls.request("/v1/kv/" + PREFIX + groupId + query);
    }

    @Override
    public void close() {
        calls.close();
    }

    /** A copy, by the hash of what Consul answers as its value. */
    private record Known(String digest, TableIdentity identity) {}

    private record Stored(String document, long modifyIndex) {}
}
