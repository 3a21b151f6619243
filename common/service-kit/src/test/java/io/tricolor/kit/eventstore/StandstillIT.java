package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A projection that cannot get on. */
class StandstillIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static volatile boolean broken;
    private static volatile String last = "";

    private Sample sample;

    @ProcessingGroup("stubborn")
    static class Stubborn {

        @EventHandler
        void on(ConfigRevisionPublished event) {
            if (broken) {
                throw new IllegalStateException("cannot read " + event.namespace());
            }
            last = event.namespace();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Projections {

        @Bean
        Stubborn stubborn() {
            return new Stubborn();
        }
    }

    @BeforeEach
    void start() {
        broken = false;
        last = "";
        sample = Sample.start(
                new Class<?>[] {Projections.class},
                "spring.datasource.url=" + SharedEngines.freshDatabase("standstill"),
                "tricolor.progress.limit=7s");
    }

    @AfterEach
    void stop() {
        sample.close();
    }

    private void publish(String namespace) {
        sample.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish(namespace, "test", Instant.now()), CommandContext.ofService("tester", null, null));
    }

    private Map<String, Object> details() {
        return sample.bean(ProgressWatch.class).health().getDetails();
    }

    @Test
    void takes_the_health_down_with_position_and_cause_until_it_goes_on() {
        publish("first");
        await().atMost(LONG).until(() -> last.equals("first"));
        broken = true;
        publish("second");
        await().atMost(LONG).until(() -> details().containsKey("processor stubborn"));
        assertThat(details().get("processor stubborn").toString()).contains("position 1 of 2", "cannot read second");
        sample.client().get().uri("/actuator/health").exchange().expectStatus().isEqualTo(503);
        sample.client()
                .get()
                .uri("/actuator/health/readiness")
                .exchange()
                .expectStatus()
                .isOk();
        broken = false;
        await().atMost(LONG)
                .until(() ->
                        sample.bean(ProgressWatch.class).health().getStatus().equals(Status.UP));
    }
}
