package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.routing.RouteTable;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;

/**
 * Client, gateway at the edge, one service of a group, gateway inside, other services of the group and one of another:
 * all over HTTP.
 */
class LaneChainTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final List<AutoCloseable> CLOSEABLES = new ArrayList<>();

    @TempDir
    private static Path directory;

    private static FakeConsul consul;
    private static FakeInstance cartA;
    private static FakeInstance cartB;
    private static FakeInstance stockA;
    private static FakeInstance bankA;
    private static FakeInstance bankB;
    private static GatewayProcess edge;
    private static GatewayProcess inner;

    /** Asks three other services for every request, and answers with who answered. Knows nothing of lanes. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Shop {

        @Bean
        WebClient inside(@Value("${inside}") String inside) {
            return WebClient.create(inside);
        }

        @Bean
        RouterFunction<ServerResponse> routes(WebClient inside, @Value("${cluster}") String cluster) {
            return RouterFunctions.route()
                    .GET(
                            "/shop",
                            request -> Flux.just("cart", "stock", "bank")
                                    .concatMap(service -> inside.get()
                                            .uri("/" + service)
                                            .retrieve()
                                            .bodyToMono(String.class)
                                            .map(answer -> service + " " + answer.charAt(0)))
                                    .startWith("web " + cluster)
                                    .collect(Collectors.joining(", "))
                                    .flatMap(ServerResponse.ok()::bodyValue))
                    .build();
        }
    }

    private record Service(ConfigurableApplicationContext context, String cluster) implements AutoCloseable {

        static Service start(String cluster, String inside) {
            return new Service(
                    new SpringApplicationBuilder(Shop.class)
                            .web(WebApplicationType.REACTIVE)
                            .properties(Map.of("spring.main.register-shutdown-hook", "false"))
                            .run(
                                    "--server.port=0",
                                    "--server.address=127.0.0.1",
                                    "--cluster=" + cluster,
                                    "--inside=" + inside,
                                    "--tricolor.gateway.enabled=false",
                                    "--spring.main.banner-mode=off",
                                    "--spring.reactor.netty.shutdown-quiet-period=0s",
                                    "--spring.cloud.gateway.server.webflux.enabled=false"),
                    cluster);
        }

        FakeConsul.Instance instance() {
            return new FakeConsul.Instance(
                    "shop",
                    "web",
                    cluster,
                    "shop-" + cluster,
                    Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port")));
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private static <T extends AutoCloseable> T keep(T closeable) {
        CLOSEABLES.add(closeable);
        return closeable;
    }

    private static RouteTable table(String group, Entry... entries) {
        return new RouteTable(
                group,
                1,
                1,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(entries),
                new TreeMap<>(Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("1"), List.of(), null)))));
    }

    @BeforeAll
    static void start() {
        FakeStrategy strategy = keep(new FakeStrategy());
        consul = keep(new FakeConsul());
        cartA = keep(new FakeInstance("A", "cart-a"));
        cartB = keep(new FakeInstance("B", "cart-b"));
        stockA = keep(new FakeInstance("A", "stock-a"));
        bankA = keep(new FakeInstance("A", "bank-a"));
        bankB = keep(new FakeInstance("B", "bank-b"));
        strategy.publish(table(
                "shop",
                new Entry(null, "/shop", "web"),
                new Entry(null, "/cart", "cart"),
                new Entry(null, "/stock", "stock")));
        strategy.publish(table("bank", new Entry(null, "/bank", "web")));
        consul.register("shop-cart", cartA.as("shop", "cart"), cartB.as("shop", "cart"));
        consul.register("shop-stock", stockA.as("shop", "stock"));
        consul.register("bank-web", bankA.as("bank", "web"), bankB.as("bank", "web"));
        inner = keep(new GatewayProcess(
                strategy.url(),
                consul.url(),
                directory.resolve("inner"),
                "--tricolor.gateway.router-id=inner",
                "--tricolor.gateway.trust-lanes=true"));
        Service shopA = keep(Service.start("A", inner.url()));
        Service shopB = keep(Service.start("B", inner.url()));
        consul.register("shop-web", shopA.instance(), shopB.instance());
        edge = keep(new GatewayProcess(strategy.url(), consul.url(), directory.resolve("edge")));
        for (GatewayProcess gateway : List.of(edge, inner)) {
            for (ServiceKey service : List.of(
                    new ServiceKey("shop", "web"),
                    new ServiceKey("shop", "cart"),
                    new ServiceKey("shop", "stock"),
                    new ServiceKey("bank", "web"))) {
                Await.until(
                        "instances of " + service,
                        () -> gateway.state().snapshot().tables().containsKey(service.group())
                                && !gateway.state()
                                        .snapshot()
                                        .endpoints(service)
                                        .byCluster()
                                        .isEmpty());
            }
        }
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable closeable : CLOSEABLES.reversed()) {
            closeable.close();
        }
    }

    private static String get(GatewayProcess gateway, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.url() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    @Test
    void a_request_stays_in_its_lane_though_its_id_is_not_passed_on_and_leaves_it_where_there_is_none()
            throws Exception {
        assertThat(get(edge, "/shop?userId=1")).isEqualTo("web B, cart B, stock A, bank A");
        Map<String, List<String>> seen = cartB.headers.getLast();
        assertThat(seen).doesNotContainKey("X-user-id");
        assertThat(seen.get("X-tricolor-lane")).containsExactly("shop=B");
        assertThat(stockA.headers.getLast().get("X-tricolor-lane"))
                .as("the next hop learns that it left its lane")
                .containsExactly("shop=A");
        assertThat(bankA.headers.getLast().get("X-tricolor-lane"))
                .as("another group has a lane of its own, and keeps the first for the way back")
                .containsExactly("bank=A,shop=B");

        assertThat(get(edge, "/shop?userId=2")).isEqualTo("web A, cart A, stock A, bank A");
        assertThat(get(edge, "/shop")).isEqualTo("web A, cart A, stock A, bank A");
    }

    @Test
    void an_id_in_a_header_is_passed_on_too_and_decides_for_another_group() throws Exception {
        assertThat(get(edge, "/shop", "X-User-Id", "1")).isEqualTo("web B, cart B, stock A, bank B");
        assertThat(bankB.headers.getLast().get("X-user-id")).containsExactly("1");
        assertThat(bankB.headers.getLast().get("X-tricolor-lane")).containsExactly("bank=B,shop=B");
    }

    @Test
    void the_edge_believes_no_lane_that_a_client_names_and_the_inside_does() throws Exception {
        assertThat(get(edge, "/shop", "X-Tricolor-Lane", "shop=B,bank=B")).isEqualTo("web A, cart A, stock A, bank A");
        assertThat(cartA.headers.getLast().get("X-tricolor-lane")).containsExactly("shop=A");
        assertThat(get(inner, "/cart", "X-Tricolor-Lane", "bank=A,shop=B")).startsWith("B ");
        assertThat(get(inner, "/cart", "X-Tricolor-Lane", "shop=B,"))
                .as("malformed")
                .startsWith("A ");
        assertThat(get(inner, "/cart", "X-Tricolor-Lane", "bank=A", "X-Tricolor-Lane", "shop=B"))
                .as("two headers are one")
                .startsWith("B ");
    }
}
