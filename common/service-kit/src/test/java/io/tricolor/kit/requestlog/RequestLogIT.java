package io.tricolor.kit.requestlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publication;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RequestLogIT {

    private static final List<String> LINES = new CopyOnWriteArrayList<>();
    private static final List<String> SHIPPED = new CopyOnWriteArrayList<>();

    private static Sample sample;
    private static HttpServer logGateway;

    @BeforeAll
    static void start() throws Exception {
        logGateway = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        logGateway.createContext("/api/logs", exchange -> {
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .forEach(SHIPPED::add);
            exchange.sendResponseHeaders(202, -1);
            exchange.close();
        });
        logGateway.start();
        sample = Sample.start(
                "spring.datasource.url=" + SharedEngines.freshDatabase("requestlog"),
                "tricolor.log-gateway.url=http://127.0.0.1:"
                        + logGateway.getAddress().getPort() + "/");
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                LINES.add(event.getFormattedMessage());
            }
        };
        appender.start();
        ((Logger) LoggerFactory.getLogger("tricolor.request")).addAppender(appender);
    }

    @AfterAll
    static void stop() {
        sample.close();
        logGateway.stop(0);
    }

    @BeforeEach
    void clear() {
        LINES.clear();
        SHIPPED.clear();
    }

    @Test
    void writes_one_line_with_parameters_outcome_and_steps_and_ships_it() {
        sample.client("operator")
                .post()
                .uri("/api/namespaces/shop?access_token=hidden&colour=red")
                .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .bodyValue(new Publication("because"))
                .exchange()
                .expectStatus()
                .isOk();
        JsonNode line = onlyLine();
        assertThat(line.at("/event/dataset").asString()).isEqualTo("tricolor.request");
        assertThat(line.at("/event/action").asString()).isEqualTo("controller.publish");
        assertThat(line.at("/event/outcome").asString()).isEqualTo("success");
        assertThat(line.at("/event/duration").asLong()).isPositive();
        assertThat(line.at("/event/sequence").asLong()).isPositive();
        assertThat(line.at("/http/response/status_code").asInt()).isEqualTo(200);
        assertThat(line.at("/user/id").asString()).isEqualTo("ann");
        assertThat(line.at("/trace/id").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(line.at("/url/template").asString()).isEqualTo("/api/namespaces/{namespace}");
        assertThat(line.at("/tricolor/params/namespace").asString()).isEqualTo("shop");
        assertThat(line.at("/tricolor/params/colour").asString()).isEqualTo("red");
        assertThat(line.at("/tricolor/redacted/0").asString()).isEqualTo("access_token");
        assertThat(line.at("/tricolor/steps/0/name").asString()).isEqualTo("command");
        assertThat(line.at("/tricolor/steps/0/outcome").asString()).isEqualTo("success");
        assertThat(line.toString()).doesNotContain("hidden", "Bearer");
        await().until(() -> SHIPPED.equals(LINES));
    }

    @Test
    void writes_one_line_for_a_failure_of_any_kind() {
        sample.client("operator")
                .get()
                .uri("/api/fails")
                .exchange()
                .expectStatus()
                .isEqualTo(500);
        assertThat(onlyLine().at("/error/code").asString()).isEqualTo("INTERNAL");
        LINES.clear();
        sample.client().get().uri("/api/fails").exchange().expectStatus().isUnauthorized();
        assertThat(onlyLine().at("/error/code").asString()).isEqualTo("UNAUTHENTICATED");
        assertThat(onlyLine().at("/user/id").asString()).isEqualTo("anonymous");
        LINES.clear();
        sample.client("operator")
                .get()
                .uri("/api/nowhere")
                .exchange()
                .expectStatus()
                .isNotFound();
        assertThat(onlyLine().at("/event/outcome").asString()).isEqualTo("failure");
    }

    @Test
    void writes_one_line_for_a_request_that_the_client_gave_up() {
        var slow = sample.client("operator")
                .mutate()
                .responseTimeout(Duration.ofMillis(300))
                .build();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> slow.get().uri("/api/slow").exchange())
                .isNotNull();
        await().until(() -> LINES.size() == 1);
        assertThat(onlyLine().at("/event/outcome").asString()).isEqualTo("unknown");
        assertThat(onlyLine().at("/event/reason").asString()).isEqualTo("cancelled");
    }

    @Test
    void keeps_line_breaks_of_strangers_out_of_the_log() {
        sample.client("operator")
                .get()
                .uri(URI.create(
                        "http://127.0.0.1:" + sample.port() + "/api/numbers/1?plus=1&x=a%0D%0A%7B%22forged%22%3A1%7D"))
                .exchange()
                .expectStatus()
                .isOk();
        assertThat(onlyLine().at("/tricolor/params/x").asString()).isEqualTo("a\r\n{\"forged\":1}");
        assertThat(LINES.getFirst()).doesNotContain("\n", "\r");
    }

    @Test
    void shows_nothing_that_the_log_could_not_keep() {
        sample.client("operator")
                .get()
                .uri(URI.create("http://127.0.0.1:" + sample.port() + "/api/numbers/1?plus=1&a%00b=%00c"))
                .exchange()
                .expectStatus()
                .isBadRequest();
        assertThat(onlyLine().at("/tricolor/params/a\uFFFDb").asString()).isEqualTo("\uFFFDc");
        assertThat(onlyLine().at("/tricolor/mended/0").asString()).isEqualTo("a\uFFFDb");
    }

    @Test
    void counts_without_holes_and_leaves_health_checks_out() {
        for (int i = 0; i < 5; i++) {
            sample.client("operator").get().uri("/api/numbers/1?plus=1").exchange();
            sample.client().get().uri("/actuator/health").exchange();
        }
        await().until(() -> LINES.size() == 5);
        List<Long> sequences = LINES.stream()
                .map(line ->
                        JsonMapper.shared().readTree(line).at("/event/sequence").asLong())
                .toList();
        assertThat(sequences.getLast() - sequences.getFirst()).isEqualTo(4);
        assertThat(LINES.stream()
                        .map(line -> JsonMapper.shared()
                                .readTree(line)
                                .at("/service/ephemeral_id")
                                .asString())
                        .distinct())
                .singleElement()
                .asString()
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    }

    @Test
    void bounds_what_it_shows() {
        var query = new org.springframework.util.LinkedMultiValueMap<String, String>();
        for (int i = 0; i < 100; i++) {
            query.add("p" + i, "x".repeat(2_000));
        }
        Parameters parameters = Parameters.of(Map.of(), query);
        assertThat(parameters.shown()).hasSize(32);
        assertThat(parameters.shown().values())
                .allSatisfy(value -> assertThat(value).hasSize(512));
    }

    private static JsonNode onlyLine() {
        await().until(() -> !LINES.isEmpty());
        assertThat(LINES).hasSize(1);
        return JsonMapper.shared().readTree(LINES.getFirst());
    }
}
