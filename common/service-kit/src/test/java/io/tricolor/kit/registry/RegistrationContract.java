package io.tricolor.kit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.Ports;
import io.tricolor.kit.testing.TestTokens;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;

/** How a service registers itself in Consul, whichever it is. */
abstract class RegistrationContract {

    private static final Duration LONG = Duration.ofSeconds(30);

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Bare {}

    /** The address where {@link #comeUp} will start an agent; nothing answers there yet. */
    abstract URI address();

    /** Starts an agent that knows nothing. */
    abstract void comeUp() throws Exception;

    /** Ends the agent. */
    abstract void goDown() throws Exception;

    @Test
    void registers_again_when_consul_comes_late_or_forgets_and_signs_off_at_the_end() throws Exception {
        URI address = address();
        int port = Ports.free();
        RestClient consul = RestClient.create(address.toString());
        try (ConfigurableApplicationContext service = start(address.getPort(), port)) {
            comeUp();
            await().atMost(LONG).until(() -> healthy(consul) == 1);
            JsonNode registered = consul.get()
                    .uri("/v1/agent/services")
                    .retrieve()
                    .body(JsonNode.class)
                    .get("bare-127-0-0-1-" + port);
            assertThat(registered.get("Service").asString()).isEqualTo("bare");
            assertThat(registered.get("Address").asString()).isEqualTo("127.0.0.1");
            assertThat(registered.get("Port").asInt()).isEqualTo(port);
            goDown();

            comeUp();
            await().atMost(LONG).until(() -> healthy(consul) == 1);
            service.close();
            assertThat(consul.get().uri("/v1/agent/services").retrieve().body(Map.class))
                    .isEmpty();
        } finally {
            goDown();
        }
    }

    private static int healthy(RestClient consul) {
        JsonNode services =
                consul.get().uri("/v1/health/service/bare?passing=1").retrieve().body(JsonNode.class);
        return services == null ? 0 : services.size();
    }

    private static ConfigurableApplicationContext start(int consulPort, int port) {
        return new SpringApplicationBuilder(Bare.class)
                .run(
                        "--spring.application.name=bare",
                        "--server.port=" + port,
                        "--spring.cloud.consul.port=" + consulPort,
                        "--tricolor.security.public-key=" + TestTokens.create().publicKey());
    }
}
