package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.kit.message.ContractsJson;
import io.tricolor.kit.registry.ConsulProperties;
import io.tricolor.routing.RouteTable;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables in a key-value store of Consul, whichever it is. */
abstract class RouteTableStoreContract {

    private final String group = "contract-" + UUID.randomUUID();
    private RouteTableStore store;

    /** Base address of the agent. */
    abstract URI consul();

    @BeforeEach
    void connect() {
        store = new ConsulRouteTables(new ConsulProperties(consul(), Duration.ofSeconds(10)));
    }

    @Test
    void a_group_without_a_table_has_none() throws Exception {
        assertThat(store.read(group)).isEmpty();
    }

    @Test
    void a_newer_table_replaces_an_older_one_and_never_the_other_way_round() throws Exception {
        store.write(table(1, 3));
        assertThat(store.read(group)).contains(table(1, 3));
        store.write(table(1, 2));
        assertThat(store.read(group)).contains(table(1, 3));
        store.write(table(1, 4));
        assertThat(store.read(group)).contains(table(1, 4));
        store.write(table(2, 1));
        assertThat(store.read(group)).contains(table(2, 1));
        store.write(table(1, 9));
        assertThat(store.read(group)).contains(table(2, 1));
    }

    @Test
    void of_several_writers_at_once_the_newest_table_stays() throws Exception {
        List<Future<?>> writers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long version : List.of(3, 1, 4, 2)) {
                writers.add(threads.submit(() -> {
                    store.write(table(1, version));
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(store.read(group)).contains(table(1, 4));
    }

    @Test
    void a_router_finds_the_document_itself_under_the_key() throws Exception {
        store.write(table(1, 7));
        try (HttpClient http = HttpClient.newHttpClient()) {
            String raw = http.send(
                            HttpRequest.newBuilder(
                                            URI.create(consul() + "/v1/kv/tricolor/route-tables/" + group + "?raw"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            assertThat(ContractsJson.mapper().readValue(raw, RouteTable.class)).isEqualTo(table(1, 7));
        }
    }

    private RouteTable table(long epoch, long version) {
        return ContractsJson.mapper().readValue("""
                {"group":"%s","epoch":%d,"version":%d,"entries":[{"pathPrefix":"/","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}},
                             "B":{"status":"YELLOW","id":{"all":false,"ids":["1","ålice"],"intervals":[["600","10000"]]}}}}
                """.formatted(group, epoch, version), RouteTable.class);
    }
}
