package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The program with its own settings, by what an earlier run left on disk: everything else is down. */
@Tag("slow")
class GatewaySmokeTest {

    @TempDir
    private Path state;

    @Test
    void routes_answers_what_nobody_has_an_entry_for_and_tells_how_it_is() throws Exception {
        HttpServer instance = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        instance.createContext("/", exchange -> {
            byte[] body = (exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                            + exchange.getRequestBody().readAllBytes().length)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        instance.start();
        Files.createDirectories(state.resolve("tables"));
        Files.createDirectories(state.resolve("endpoints"));
        Files.writeString(state.resolve("tables/shop.json"), """
                {"group":"shop","epoch":1,"version":1,"entries":[{"pathPrefix":"/shop","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}}}}""");
        Files.writeString(state.resolve("endpoints/shop~web.json"), """
                {"group":"shop","service":"web","clusters":{"A":[{"id":"a-1","address":"127.0.0.1","port":%d}]}}""".formatted(
                        instance.getAddress().getPort()));
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Gateway.class)
                        .run(
                                "--server.port=0",
                                "--management.server.port=0",
                                "--tricolor.gateway.state-dir=" + state,
                                "--tricolor.strategy.url=http://127.0.0.1:1",
                                "--tricolor.consul.url=http://127.0.0.1:1");
                HttpClient client = HttpClient.newHttpClient()) {
            String url = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
            String management =
                    "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.management.port");

            HttpResponse<String> routed = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/shop/x%2Fy?q=1"))
                            .POST(HttpRequest.BodyPublishers.ofString("order"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(routed.body()).isEqualTo("POST /shop/x%2Fy?q=1 5");
            assertThat(routed.headers().firstValue("X-Tricolor-Cluster")).hasValue("A");

            HttpResponse<String> nowhere = get(client, url + "/metrics");
            assertThat(nowhere.statusCode()).isEqualTo(404);
            assertThat(nowhere.body()).contains("ENTRY_NOT_FOUND");
            assertThat(get(client, management + "/actuator/health/readiness").body())
                    .contains("UP");
            assertThat(get(client, management + "/metrics").body())
                    .contains("tricolor_gateway_decisions_total{group=\"shop\",service=\"web\",reason=\"ALL\",} 1.0")
                    .contains("jvm_memory");
            assertThat(get(client, management + "/actuator/env").statusCode()).isEqualTo(404);
        } finally {
            instance.stop(0);
        }
    }

    private static HttpResponse<String> get(HttpClient client, String url) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
