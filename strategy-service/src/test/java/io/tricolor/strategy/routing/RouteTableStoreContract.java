package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.router.TableIdentity;
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
        store.write(document(1, 3));
        assertThat(store.read(group)).contains(document(1, 3).json());
        store.write(document(1, 2));
        assertThat(store.read(group)).contains(document(1, 3).json());
        store.write(document(1, 4));
        assertThat(store.read(group)).contains(document(1, 4).json());
        store.write(document(2, 1));
        assertThat(store.read(group)).contains(document(2, 1).json());
        store.write(document(1, 9));
        assertThat(store.read(group)).contains(document(2, 1).json());
    }

    @Test
    void another_content_of_the_same_place_and_what_is_no_table_are_replaced() throws Exception {
        store.write(document(1, 3));
        put("{\"group\":\"x\"}");
        assertThat(store.write(document(1, 3))).isEqualTo(document(1, 3).identity());
        assertThat(store.read(group)).contains(document(1, 3).json());
        put(document(1, 3).json() + " ");
        assertThat(store.write(document(1, 3))).isEqualTo(document(1, 3).identity());
        assertThat(store.read(group)).contains(document(1, 3).json());
        assertThat(store.write(document(1, 2)))
                .as("what is there")
                .isEqualTo(document(1, 3).identity());
    }

    @Test
    void tells_which_copies_there_are_as_soon_as_one_is_different_or_gone() throws Exception {
        store.write(document(1, 3));
        RouteTableStore.Copies first = store.copies(0, Duration.ofSeconds(5));
        assertThat(first.tables()).containsEntry(group, document(1, 3).identity());
        put("no table");
        RouteTableStore.Copies second = store.copies(first.index(), Duration.ofSeconds(30));
        assertThat(second.tables()).containsEntry(group, TableIdentity.NONE);
        try (HttpClient http = HttpClient.newHttpClient()) {
            http.send(HttpRequest.newBuilder(key("")).DELETE().build(), BodyHandlers.discarding());
        }
        assertThat(store.copies(second.index(), Duration.ofSeconds(30)).tables())
                .doesNotContainKey(group);
    }

    private URI key(String query) {
        return URI.create(consul() + "/v1/kv/tricolor/route-tables/" + group + query);
    }

    private void put(String value) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            http.send(
                    HttpRequest.newBuilder(key(""))
                            .PUT(HttpRequest.BodyPublishers.ofString(value))
                            .build(),
                    BodyHandlers.discarding());
        }
    }

    @Test
    void of_several_writers_at_once_the_newest_table_stays() throws Exception {
        List<Future<?>> writers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long version : List.of(3, 1, 4, 2)) {
                writers.add(threads.submit(() -> {
                    store.write(document(1, version));
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(store.read(group)).contains(document(1, 4).json());
    }

    @Test
    void a_router_finds_the_document_itself_under_the_key() throws Exception {
        store.write(document(1, 7));
        try (HttpClient http = HttpClient.newHttpClient()) {
            String raw = http.send(HttpRequest.newBuilder(key("?raw")).build(), BodyHandlers.ofString())
                    .body();
            assertThat(raw).isEqualTo(document(1, 7).json());
            assertThat(ContractsJson.mapper().readValue(raw, RouteTable.class)).isEqualTo(table(1, 7));
        }
    }

    private RouteTableDocument document(long epoch, long version) {
        return RouteTableDocument.of(table(epoch, version));
    }

    private RouteTable table(long epoch, long version) {
        return ContractsJson.mapper().readValue("""
                {"group":"%s","epoch":%d,"version":%d,"entries":[{"pathPrefix":"/","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}},
                             "B":{"status":"YELLOW","id":{"all":false,"ids":["1","ålice"],"intervals":[["600","10000"]]}}}}
                """.formatted(group, epoch, version), RouteTable.class);
    }
}
