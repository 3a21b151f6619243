package io.tricolor.router.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.testing.SecuredConsul;
import io.tricolor.router.sources.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a router takes from a real Consul that lets in by certificate and shows by token. */
public abstract class SecuredConsulContract extends WithInstances {

    /** As in the page on security. */
    private static final String RULES =
            "service_prefix \"\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }"
                    + " key_prefix \"tricolor/route-tables/\" { policy = \"read\" }";

    @TempDir
    private static Path agent;

    private static SecuredConsul secured;

    /** What the router calls itself in the names of its metrics. */
    protected abstract String kind();

    /** Starts a router whose state is in {@code state} of {@link #directory}. */
    protected abstract StartedRouter start(String strategyUrl, String consulUrl, String... options);

    /** The option that names who vouches for Consul. */
    protected abstract String trusting(Path authorities);

    @BeforeAll
    static void startConsul() {
        secured = SecuredConsul.start(agent);
    }

    @AfterAll
    static void stopConsul() {
        secured.close();
    }

    private StartedRouter router(Path token, String certificate) {
        return keep(start(
                strategy.url(),
                secured.uri().toString(),
                "--tricolor.consul.token-file=" + token,
                "--tricolor.consul.certificate=" + secured.file(certificate + ".pem"),
                "--tricolor.consul.key=" + secured.file(certificate + ".key"),
                trusting(secured.file("consul.pem"))));
    }

    private void register(FakeInstance instance) {
        FakeConsul.Instance one = instance.as("shop", "web");
        secured.ask("PUT", "/v1/agent/service/register", """
                {"ID":"%s","Name":"shop-web","Address":"127.0.0.1","Port":%d,
                 "Meta":{"tricolor-group":"shop","tricolor-cluster":"%s","tricolor-service":"web"},
                 "Check":{"TTL":"300s","Status":"passing"}}""".formatted(one.id(), one.port(), one.cluster()));
    }

    private boolean hasFailed(StartedRouter router) {
        return get(router.managementUrl() + "/metrics")
                .body()
                .matches("(?s).*tricolor_" + kind() + "_source_failures_total\\{source=\"consul\",?} [1-9].*");
    }

    @Test
    void finds_instances_and_copies_of_tables_and_keeps_them_when_its_token_sees_nothing() throws IOException {
        register(a);
        strategy.goDown();
        secured.ask("PUT", "/v1/kv/tricolor/route-tables/shop", Json.STRICT.writeValueAsString(Tables.seed(3)));
        Path token = secured.token(RULES);
        String good = Files.readString(token);
        StartedRouter router = router(token, "client");
        Await.until("instance and table are there", () -> get(router, "/").statusCode() == 200);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        assertThat(hasFailed(router)).isFalse();

        Files.writeString(token, "00000000-0000-0000-0000-000000000001\n");
        Await.until("Consul does not know the token", () -> hasFailed(router));
        assertThat(cluster(get(router, "/"))).as("what is known stays").isEqualTo("A");

        Files.writeString(token, good);
        register(b);
        Await.until(
                "it sees again",
                () -> get(router, "/", "X-User-Id", "1")
                        .headers()
                        .firstValue("X-Tricolor-Cluster")
                        .equals(Optional.of("B")));
        strategy.comeBack();
    }

    @Test
    void gets_nothing_with_the_certificate_of_a_stranger() {
        strategy.publish(Tables.seed(4));
        StartedRouter router = router(secured.token(RULES), "stranger");
        Await.until("it was turned away", () -> hasFailed(router));
        for (String id : List.of("1", "2")) {
            assertThat(get(router, "/", "X-User-Id", id).statusCode()).isEqualTo(503);
        }
    }
}
