package io.tricolor.strategy.routing;

import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.registry.ConsulProperties;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tables in the key-value store of Consul, {@code tricolor/route-tables/<group>}; written by compare-and-set. */
@Component
class ConsulRouteTables implements RouteTableStore {

    private static final int ATTEMPTS = 5;

    private final HttpClient http;
    private final ConsulProperties consul;
    private final JsonMapper json = ContractsJson.mapper();

    ConsulRouteTables(ConsulProperties consul) {
        this.consul = consul;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(consul.timeout())
                .build();
    }

    @Override
    public Optional<RouteTable> read(String groupId) throws IOException, InterruptedException {
        return stored(groupId).map(Stored::table);
    }

    @Override
    public void write(RouteTable table) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stored> stored = stored(table.group());
            if (stored.isPresent() && !table.supersedes(stored.get().table())) {
                return;
            }
            long index = stored.map(Stored::modifyIndex).orElse(0L);
            HttpRequest put = request(table.group(), "?cas=" + index)
                    .PUT(BodyPublishers.ofString(json.writeValueAsString(table)))
                    .build();
            HttpResponse<String> answer = http.send(put, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("Consul answered " + answer.statusCode() + " to a table of " + table.group());
            }
            if (answer.body().strip().equals("true")) {
                return;
            }
        }
        throw new IOException("another writer kept changing the table of " + table.group());
    }

    private Optional<Stored> stored(String groupId) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request(groupId, "").GET().build(), BodyHandlers.ofString());
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        if (answer.statusCode() != 200) {
            throw new IOException("Consul answered " + answer.statusCode() + " for the table of " + groupId);
        }
        JsonNode entry = json.readTree(answer.body()).get(0);
        byte[] value = Base64.getDecoder().decode(entry.get("Value").asString());
        RouteTable table = json.readValue(new String(value, StandardCharsets.UTF_8), RouteTable.class);
        return Optional.of(new Stored(table, entry.get("ModifyIndex").asLong()));
    }

    private HttpRequest.Builder request(String groupId, String query) {
        URI uri = URI.create(consul.url() + "/v1/kv/tricolor/route-tables/" + groupId + query);
        Duration timeout = consul.timeout();
        return HttpRequest.newBuilder(uri).timeout(timeout);
    }

    private record Stored(RouteTable table, long modifyIndex) {}
}
