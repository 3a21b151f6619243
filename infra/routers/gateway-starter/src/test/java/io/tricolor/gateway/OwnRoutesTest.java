package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.WithInstances;
import io.tricolor.routing.RouteTable;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The gateway of a team, with routes of its own, that the starter was added to. */
class OwnRoutesTest extends WithInstances {

    private FakeInstance legacy;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class TeamGateway {

        @Bean
        RouteLocator ownRoutes(RouteLocatorBuilder builder, @Value("${legacy}") String legacy) {
            return builder.routes()
                    .route(
                            "legacy",
                            route -> route.path("/shop/**", "/legacy/**")
                                    .filters(filters -> filters.addRequestHeader("X-Team", "yes")
                                            .stripPrefix(1))
                                    .uri(legacy))
                    .route("sockets", route -> route.path("/echo").uri(legacy))
                    .build();
        }
    }

    @BeforeEach
    void startLegacy() {
        legacy = keep(new FakeInstance("own", "legacy"));
    }

    private GatewayProcess team(String legacyUrl, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--legacy=" + legacyUrl,
                "--spring.main.banner-mode=off",
                "--spring.reactor.netty.shutdown-quiet-period=0s",
                "--tricolor.gateway.router-id=r1",
                "--tricolor.gateway.state-dir=" + directory.resolve("state"),
                "--tricolor.gateway.list-interval=100ms",
                "--tricolor.strategy.url=" + strategy.url(),
                "--tricolor.consul.url=" + consul.url()));
        arguments.addAll(List.of(more));
        return keep(new GatewayProcess(TeamGateway.class, arguments));
    }

    private String legacyUrl() {
        return "http://127.0.0.1:" + legacy.port();
    }

    private static RouteTable table(long version, String pathPrefix) {
        return new RouteTable(
                "shop",
                1,
                version,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, pathPrefix, "web")),
                new TreeMap<>(Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("1"), List.of(), null)))));
    }

    private String answeredBy(GatewayProcess gateway, String path, String... headers) {
        HttpResponse<String> response = get(gateway, path, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.headers().firstValue("X-Instance").orElse("");
    }

    @Test
    void takes_what_a_table_has_an_entry_for_and_leaves_the_rest_to_the_routes_that_are_there() {
        GatewayProcess gateway = team(legacyUrl());
        assertThat(answeredBy(gateway, "/shop/x")).as("before there is a table").isEqualTo("legacy");
        strategy.publish(table(1, "/shop"));
        Await.until(
                "the group is released by colour",
                () -> answeredBy(gateway, "/shop/x").equals("a-1"));
        assertThat(answeredBy(gateway, "/shop/x", "X-User-Id", "1")).isEqualTo("b-1");
        assertThat(answeredBy(gateway, "/legacy/x")).isEqualTo("legacy");
        assertThat(get(gateway, "/nowhere").statusCode()).isEqualTo(404);
        assertThat(get(gateway, "/nowhere").headers().firstValue("X-Tricolor-Reason"))
                .as("answered by the application")
                .isEmpty();

        assertThat(a.headers.getLast().get("X-tricolor-cluster")).containsExactly("A");
        assertThat(a.headers.getLast()).doesNotContainKey("X-team");
        strategy.delete("shop");
        Await.until("as before", () -> answeredBy(gateway, "/shop/x").equals("legacy"));
    }

    @Test
    void an_own_route_works_as_ever_but_for_names_that_nobody_else_may_use() {
        strategy.publish(table(1, "/shop"));
        GatewayProcess gateway = team(legacyUrl());
        HttpResponse<String> response = get(
                gateway,
                "/legacy/x",
                "X-Tricolor-Cluster",
                "B",
                "X-Tricolor-Lane",
                "shop=B",
                "X-Mine",
                "kept",
                "X-User-Id",
                "1");
        Map<String, List<String>> seen = legacy.headers.getLast();
        assertThat(seen.get("X-team")).containsExactly("yes");
        assertThat(seen.get("X-mine")).containsExactly("kept");
        assertThat(seen.get("X-user-id")).containsExactly("1");
        assertThat(seen).doesNotContainKeys("X-tricolor-cluster", "X-tricolor-lane");
        assertThat(seen.get("Host")).containsExactly("127.0.0.1:" + legacy.port());
        assertThat(response.headers().firstValue("X-Tricolor-Cluster"))
                .as("the application's own business")
                .hasValue("spoofed");
        assertThat(gateway.state().inFlight("shop")).isEmpty();
    }

    @Test
    void an_own_route_comes_first_when_it_is_told_so() {
        strategy.publish(table(1, "/"));
        GatewayProcess gateway = team(legacyUrl(), "--tricolor.gateway.route-order=1000");
        Await.until("table", () -> gateway.state().snapshot().tables().containsKey("shop"));
        Await.until("instances", () -> answeredBy(gateway, "/elsewhere").equals("a-1"));
        assertThat(answeredBy(gateway, "/shop/x")).isEqualTo("legacy");
    }

    @Test
    void is_not_there_when_it_is_switched_off() {
        strategy.publish(table(1, "/shop"));
        GatewayProcess gateway = team(legacyUrl(), "--tricolor.gateway.enabled=false");
        assertThat(gateway.route()).isNull();
        assertThat(answeredBy(gateway, "/shop/x")).isEqualTo("legacy");
        assertThat(strategy.polls).isEmpty();
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void a_web_socket_of_an_own_route_passes() throws Exception {
        DisposableServer echo = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.ws(
                        "/echo",
                        (in, out) -> out.sendString(in.receive().asString().map(text -> "echo " + text))))
                .bindNow();
        strategy.publish(table(1, "/shop"));
        GatewayProcess gateway = team("ws://127.0.0.1:" + echo.port());
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        WebSocket socket = client.newWebSocketBuilder()
                .buildAsync(URI.create(gateway.url().replace("http:", "ws:") + "/echo"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
                        received.add(data.toString());
                        webSocket.request(1);
                        return null;
                    }
                })
                .join();
        socket.sendText("one", true).join();
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("echo one");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        echo.disposeNow();
    }
}
