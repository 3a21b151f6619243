package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeIdentityProvider;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.RouterContract;
import io.tricolor.router.testing.Tables;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class GatewayTest extends RouterContract<GatewayProcess> {

    @Override
    protected String kind() {
        return "gateway";
    }

    @Override
    protected GatewayProcess start(String... options) {
        return new GatewayProcess(strategyUrl(), consul.url(), directory.resolve("state"), options);
    }

    @Override
    protected boolean routesBy(GatewayProcess router, long epoch, long version) {
        var table = router.state().snapshot().tables().get("shop");
        return table != null && table.table().epoch() == epoch && table.table().version() == version;
    }

    @Override
    protected Set<String> clusters(GatewayProcess router, String group, String service) {
        return router.state()
                .snapshot()
                .endpoints(new ServiceKey(group, service))
                .byCluster()
                .keySet();
    }

    @Override
    protected boolean isReady(GatewayProcess router, long version) {
        return routesBy(router, 1, version) && !clusters(router, "shop", "web").isEmpty();
    }

    @Test
    void takes_another_instance_when_the_pool_gives_no_connection_in_time() {
        consul.register("shop-web", a.as("shop", "web"));
        GatewayProcess gateway = routing(
                Tables.seed(1),
                "--spring.cloud.gateway.server.webflux.httpclient.pool.type=FIXED",
                "--spring.cloud.gateway.server.webflux.httpclient.pool.max-connections=1",
                "--spring.cloud.gateway.server.webflux.httpclient.pool.acquire-timeout=1500");
        CompletableFuture<HttpResponse<String>> occupant =
                sendAndGoOn(to(gateway, "/?gate=pool").build());
        Await.until("the only connection is taken", () -> !a.headers.isEmpty());
        CompletableFuture<HttpResponse<String>> waiting = sendAndGoOn(order(gateway, "/"));
        Await.until(
                "it waits for a connection",
                () -> gateway.state().inFlight("shop").equals(Map.of("A", 2)));
        FakeInstance second = keep(new FakeInstance("A", "a-2"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"));

        HttpResponse<String> answer = waiting.join();
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("A POST 5");
        assertThat(answer.headers().firstValue("X-Instance")).hasValue("a-2");
        assertThat(a.headers).hasSize(1);
        FakeInstance.open("pool");
        assertThat(occupant.join().statusCode()).isEqualTo(200);
    }

    @Test
    void asks_for_the_tables_that_it_is_to_run_itself_and_counts_decisions_by_their_reason() {
        GatewayProcess gateway = routing(Tables.seed(1));
        strategy.publish(Tables.seed(2));
        Await.until("version 2", () -> isReady(gateway, 2));
        assertThat(strategy.polls)
                .anyMatch(poll -> poll.equals("/api/route-tables/changes?router=r1"))
                .anyMatch(poll -> poll.matches("/api/route-tables/changes\\?router=r1&since=.+&wait=2s"))
                .allMatch(poll -> poll.contains("?router=r1"));
        get(gateway, "/", "X-User-Id", "1");
        get(gateway, "/", "X-User-Id", "700");
        get(gateway, "/");
        assertThat(get(gateway.managementUrl() + "/metrics").body())
                .contains(
                        "tricolor_gateway_decisions_total{group=\"shop\",service=\"web\",reason=\"WHITELIST_ID\",} 1.0")
                .contains(
                        "tricolor_gateway_decisions_total{group=\"shop\",service=\"web\",reason=\"WHITELIST_INTERVAL\",} 1.0")
                .contains("tricolor_gateway_decisions_total{group=\"shop\",service=\"web\",reason=\"ALL\",} 1.0");
    }

    @Test
    void shows_the_details_of_its_health_to_whoever_may_look() throws Exception {
        FakeIdentityProvider provider = keep(new FakeIdentityProvider()).add("one", "RS256");
        GatewayProcess gateway = router(
                "--tricolor.security.closed=true",
                "--tricolor.security.public-key="
                        + Files.writeString(directory.resolve("operators.pem"), provider.pem("one")),
                "--tricolor.security.issuer=" + provider.issuer());
        String health = gateway.managementUrl() + "/actuator/health";
        assertThat(get(health).body()).contains("UP").doesNotContain("components");
        assertThat(get(health, "Authorization", "Bearer " + provider.token("one", Map.of("roles", "router")))
                        .body())
                .contains("UP")
                .doesNotContain("components");
        assertThat(get(health, "Authorization", "Bearer " + provider.token("one", Map.of("roles", "service")))
                        .body())
                .contains("UP")
                .contains("components");
        assertThat(get(gateway.managementUrl() + "/actuator").statusCode()).isEqualTo(401);
    }
}
