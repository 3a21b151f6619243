package io.tricolor.kit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.consul.LocalConsul;
import io.tricolor.consul.Settings;
import io.tricolor.engines.Ports;
import io.tricolor.kit.testing.TestTokens;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;

class RegistryIT {

    private static final Duration LONG = Duration.ofSeconds(30);

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Bare {}

    @Test
    void registers_again_when_consul_comes_late_or_forgets_and_signs_off_at_the_end(
            @TempDir Path first, @TempDir Path second) throws Exception {
        int consulPort = Ports.free();
        int port = Ports.free();
        RestClient consul = RestClient.create("http://127.0.0.1:" + consulPort);
        try (ConfigurableApplicationContext service = start(consulPort, port)) {
            try (LocalConsul late = LocalConsul.start(Settings.of(consulPort, first))) {
                assertThat(late.uri()).isNotNull();
                await().atMost(LONG).until(() -> healthy(consul) == 1);
                JsonNode registered = consul.get()
                        .uri("/v1/agent/services")
                        .retrieve()
                        .body(JsonNode.class)
                        .get("bare-127-0-0-1-" + port);
                assertThat(registered.get("Service").asString()).isEqualTo("bare");
                assertThat(registered.get("Address").asString()).isEqualTo("127.0.0.1");
                assertThat(registered.get("Port").asInt()).isEqualTo(port);
            }
            try (LocalConsul forgetful = LocalConsul.start(Settings.of(consulPort, second))) {
                assertThat(forgetful.uri()).isNotNull();
                await().atMost(LONG).until(() -> healthy(consul) == 1);
                service.close();
                assertThat(consul.get().uri("/v1/agent/services").retrieve().body(Map.class))
                        .isEmpty();
            }
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
