package io.tricolor.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.sample.Sample;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class ServiceIT {

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start("spring.datasource.url=" + SharedEngines.freshDatabase("kit"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    @Test
    void stores_events_under_their_stable_names_with_who_and_why() {
        sample.client("operator")
                .post()
                .uri("/api/namespaces/shop")
                .bodyValue(new io.tricolor.kit.sample.SampleService.Publication("because"))
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.revision")
                .isEqualTo(1);
        assertThat(sample.bean(JdbcClient.class)
                        .sql(
                                "select payload_type || ' ' || payload_revision || ' ' || aggregate_type from domain_event where aggregate_id = 'shop'")
                        .query(String.class)
                        .single())
                .isEqualTo("config.revision-published 1 Namespace");
        List<StoredEvent> events = sample.bean(StreamReader.class).read("shop", 0, 10);
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.payload()).isInstanceOf(ConfigRevisionPublished.class);
            assertThat(event.sequence()).isZero();
            assertThat(event.metadata())
                    .containsEntry("actor", "ann")
                    .containsEntry("reason", "because")
                    .containsOnlyKeys("actor", "reason", "commandId", "correlationId", "causationId", "traceId");
        });
    }

    @Test
    void is_healthy_and_shows_its_metrics_without_a_token() {
        sample.client()
                .get()
                .uri("/actuator/health/readiness")
                .exchange()
                .expectStatus()
                .isOk();
        sample.client()
                .get()
                .uri("/metrics")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .value(page -> assertThat(page).contains("jvm_memory_used_bytes"));
    }
}
