package io.tricolor.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.kit.testing.TestTokens;
import javax.sql.DataSource;
import org.axonframework.commandhandling.CommandBus;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.test.web.reactive.server.WebTestClient;

/** A service without a database, without Kafka, without Consul. */
class BareServiceTest {

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Bare {}

    private static ConfigurableApplicationContext start(String... more) {
        return new SpringApplicationBuilder(Bare.class)
                .properties("spring.application.name=bare", "server.port=0", "spring.cloud.consul.port=1")
                .run(more);
    }

    @Test
    void starts_with_what_it_has() {
        try (ConfigurableApplicationContext context =
                start("--tricolor.security.public-key=" + TestTokens.create().publicKey())) {
            assertThat(context.getBeanProvider(DataSource.class).getIfAvailable())
                    .isNull();
            assertThat(context.getBeanProvider(CommandBus.class).getIfAvailable())
                    .isNull();
            assertThat(context.getBeanProvider(KafkaAdmin.class).getIfAvailable())
                    .isNull();
            WebTestClient client = WebTestClient.bindToServer()
                    .baseUrl("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"))
                    .build();
            client.get().uri("/actuator/health").exchange().expectStatus().isOk();
            client.get().uri("/anything").exchange().expectStatus().isUnauthorized();
        }
    }

    @Test
    void does_not_start_without_a_key_and_names_what_is_missing() {
        assertThatThrownBy(BareServiceTest::start).hasStackTraceContaining("tricolor.security.public-key");
        assertThatThrownBy(() -> start("--tricolor.security.public-key=/nowhere.pem"))
                .hasStackTraceContaining("tricolor.security.public-key: /nowhere.pem");
    }
}
