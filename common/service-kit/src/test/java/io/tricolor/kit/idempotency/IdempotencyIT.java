package io.tricolor.kit.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publication;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.reactive.server.EntityExchangeResult;
import org.springframework.test.web.reactive.server.WebTestClient;

class IdempotencyIT {

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start("spring.datasource.url=" + SharedEngines.freshDatabase("idempotency"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    /** With the second reason whoever is decided after the first one would be refused. */
    @ParameterizedTest
    @ValueSource(strings = {"same", "only first"})
    void takes_effect_once_and_answers_the_same_when_many_equal_requests_arrive_at_once(String reason) {
        WebTestClient client = sample.client("operator");
        String namespace = "many-" + reason.length();
        List<CompletableFuture<String>> answers = IntStream.range(0, 12)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    EntityExchangeResult<byte[]> result = post(client, namespace, "key-" + namespace, reason)
                            .expectBody()
                            .returnResult();
                    return result.getStatus().value() + " "
                            + new String(java.util.Objects.requireNonNull(result.getResponseBody()));
                }))
                .toList();
        assertThat(answers.stream().map(CompletableFuture::join)).containsOnly("200 {\"revision\":1}");
        assertThat(sample.bean(StreamReader.class).lastSequence(namespace)).hasValue(0);
    }

    @Test
    void refuses_a_key_that_was_used_for_another_request() {
        WebTestClient client = sample.client("operator");
        post(client, "reused", "key-2", "first").expectStatus().isOk();
        post(client, "reused", "key-2", "second")
                .expectStatus()
                .isEqualTo(422)
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("IDEMPOTENCY_KEY_REUSED");
        assertThat(sample.bean(StreamReader.class).lastSequence("reused")).hasValue(0);
    }

    @Test
    void lets_a_refused_command_be_tried_again_and_keeps_no_key_of_it() {
        WebTestClient client = sample.client("operator");
        post(client, "refused", "key-3", "refuse").expectStatus().isEqualTo(409);
        post(client, "refused", "key-3", "accepted").expectStatus().isOk();
    }

    @Test
    void keeps_the_keys_of_people_apart_and_forgets_them_after_a_day() {
        WebTestClient ann = sample.client("operator");
        WebTestClient bob = ann.mutate()
                .defaultHeaders(
                        headers -> headers.set("Authorization", sample.tokens().bearer("bob", "operator")))
                .build();
        post(ann, "apart", "key-4", "ann").expectStatus().isOk();
        post(bob, "apart", "key-4", "bob").expectStatus().isOk();
        sample.bean(JdbcClient.class)
                .sql("update idempotency set created_at = now() - interval '25 hours' where key = 'key-4'")
                .update();
        post(ann, "apart", "key-4", "a new one").expectStatus().isOk();
        assertThat(sample.bean(StreamReader.class).lastSequence("apart")).hasValue(2);
    }

    @Test
    void refuses_a_key_that_is_no_key() {
        post(sample.client("operator"), "bad", "with space", "x")
                .expectStatus()
                .isBadRequest()
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("INVALID_ARGUMENT");
    }

    private static WebTestClient.ResponseSpec post(WebTestClient client, String namespace, String key, String reason) {
        return client.post()
                .uri("/api/namespaces/{namespace}", Map.of("namespace", namespace))
                .header("Idempotency-Key", key)
                .bodyValue(new Publication(reason))
                .exchange();
    }
}
