package io.tricolor.deploy.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.deploy.registry.InstanceRegistry.Registration;
import io.tricolor.kit.registry.ConsulProperties;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The registry in Consul, whichever it is. */
abstract class ConsulRegistryContract extends InstanceRegistryContract {

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private ConsulRegistry registry;

    /** Base address of the agent. */
    abstract URI consul();

    @BeforeEach
    void connect() {
        registry = new ConsulRegistry(new ConsulProperties(consul(), Duration.ofSeconds(10)));
    }

    @Override
    InstanceRegistry registry() {
        return registry;
    }

    @Test
    void does_not_list_what_others_registered() throws Exception {
        HttpRequest foreign = HttpRequest.newBuilder(URI.create(consul() + "/v1/agent/service/register"))
                .PUT(BodyPublishers.ofString("{\"ID\":\"foreign\",\"Name\":\"shop-web\",\"Port\":1}"))
                .build();
        assertThat(HTTP.send(foreign, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(registry.registered()).doesNotContainKey("foreign");
        registry.deregister("foreign");
    }

    @Test
    void an_instance_is_found_under_its_service_until_its_check_fails() throws Exception {
        String service = "s" + UUID.randomUUID();
        HttpServer instance = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        instance.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        instance.start();
        try {
            registry.register(
                    registration("healthy", service, instance.getAddress().getPort()));
            await().atMost(PATIENCE).until(() -> passing(service).size() == 1);
            JsonNode meta = passing(service).get(0).at("/Service/Meta");
            assertThat(meta.path("tricolor-group").asString()).isEqualTo("shop");
            assertThat(meta.path("tricolor-cluster").asString()).isEqualTo("A");
            assertThat(meta.path("tricolor-service").asString()).isEqualTo(service);
            assertThat(meta.path("tricolor-metrics-path").asString()).isEqualTo("/metrics");
        } finally {
            instance.stop(0);
        }
        await().atMost(PATIENCE).until(() -> passing(service).isEmpty());
        registry.deregister("healthy");
        await().atMost(PATIENCE).until(() -> health(service, "").isEmpty());
    }

    private static Registration registration(String id, String service, int port) {
        return new Registration(id, "shop", "A", service, "1.0", "127.0.0.1", port, "/health", "/metrics");
    }

    private JsonNode passing(String service) throws Exception {
        return health(service, "?passing");
    }

    private JsonNode health(String service, String query) throws Exception {
        return JSON.readTree(send("/v1/health/service/shop-" + service + query));
    }

    private String send(String path) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(consul() + path)).build(), BodyHandlers.ofString())
                .body();
    }
}
