package io.tricolor.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.sample.Sample;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

class ProblemsIT {

    private static final String JSON = "application/json";

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start(
                "spring.datasource.url=" + SharedEngines.freshDatabase("problems"),
                "spring.http.codecs.max-in-memory-size=10KB");
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    static Stream<Arguments> bad_requests() {
        String large = "{\"reason\": \"" + "x".repeat(20_000) + "\"}";
        return Stream.of(
                bad("an unknown path", "GET /api/nowhere", null, null, 404, "NOT_FOUND", "nothing at this path"),
                bad("a wrong method", "DELETE /api/rules", null, null, 405, "METHOD_NOT_ALLOWED", "DELETE"),
                bad(
                        "a wrong media type",
                        "POST /api/rules",
                        "text/plain",
                        "x",
                        415,
                        "UNSUPPORTED_MEDIA_TYPE",
                        "media type"),
                bad("a large body", "POST /api/namespaces/n", JSON, large, 413, "PAYLOAD_TOO_LARGE", "larger"),
                bad("broken JSON", "POST /api/rules", JSON, "{\"all\": tru", 400, "MALFORMED_JSON", "not JSON"),
                bad("no body", "POST /api/rules", JSON, null, 400, "BAD_REQUEST", ""),
                bad("a JSON array for an object", "POST /api/rules", JSON, "[1]", 400, "INVALID_ARGUMENT", ""),
                bad(
                        "a text for a truth value",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": \"maybe\"}",
                        400,
                        "INVALID_ARGUMENT",
                        "all: "),
                bad(
                        "a member that nobody reads",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": true, \"percents\": 5}",
                        400,
                        "INVALID_ARGUMENT",
                        "percents: there is no such member"),
                bad(
                        "a reversed interval",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"intervals\": [[\"9\", \"1\"]]}",
                        400,
                        "INVALID_INTERVAL",
                        "interval [9, 1] is reversed"),
                bad(
                        "an interval with one end",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"intervals\": [[\"9\"]]}",
                        400,
                        "INVALID_INTERVAL",
                        "an interval has two ends, not 1"),
                bad(
                        "an interval of no numbers",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"intervals\": [[\"a\", \"b\"]]}",
                        400,
                        "INVALID_INTERVAL",
                        "'a' is not an int64 interval end"),
                bad(
                        "a percentage out of range",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"percent\": 101}",
                        400,
                        "INVALID_ARGUMENT",
                        "percent is from 0 to 100, not 101"),
                bad(
                        "an empty reason",
                        "POST /api/namespaces/n",
                        JSON,
                        "{\"reason\": \" \"}",
                        400,
                        "INVALID_ARGUMENT",
                        "reason"),
                bad(
                        "a text with NUL",
                        "POST /api/namespaces/n",
                        JSON,
                        "{\"reason\": \"x\\u0000y\"}",
                        400,
                        "INVALID_ARGUMENT",
                        "reason has the character NUL"),
                bad(
                        "half of a surrogate pair",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"ids\": [\"a\", \"\\ud800\"]}",
                        400,
                        "INVALID_ARGUMENT",
                        "ids[1] has half of a surrogate pair"),
                bad(
                        "null in a list",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"ids\": [null]}",
                        400,
                        "INVALID_ARGUMENT",
                        "null is no value here"),
                bad(
                        "a member that is there twice",
                        "POST /api/rules",
                        JSON,
                        "{\"all\": false, \"all\": true}",
                        400,
                        "MALFORMED_JSON",
                        "all"),
                bad(
                        "a body without a bottom",
                        "POST /api/rules",
                        JSON,
                        "[".repeat(9_000),
                        400,
                        "INVALID_ARGUMENT",
                        "the expected form"),
                bad(
                        "a parameter with NUL",
                        "GET /api/numbers/1?plus=1&a%00b=1",
                        null,
                        null,
                        400,
                        "INVALID_ARGUMENT",
                        "'a%00b' has the character NUL"),
                bad(
                        "a name of a parameter with control characters",
                        "GET /api/numbers/1?plus=1&%0D%0A=1",
                        null,
                        null,
                        400,
                        "BAD_REQUEST",
                        "parameter name"),
                bad("a missing parameter", "GET /api/numbers/1", null, null, 400, "BAD_REQUEST", "'plus' is missing"),
                bad(
                        "a parameter of a wrong type",
                        "GET /api/numbers/1?plus=x",
                        null,
                        null,
                        400,
                        "INVALID_ARGUMENT",
                        "'plus'"),
                bad(
                        "a path of a wrong type",
                        "GET /api/numbers/x?plus=1",
                        null,
                        null,
                        400,
                        "INVALID_ARGUMENT",
                        "'number'"),
                bad(
                        "a rejected command",
                        "POST /api/namespaces/n",
                        JSON,
                        "{\"reason\": \"refuse\"}",
                        409,
                        "NOTHING_TO_CHANGE",
                        "refused"),
                bad("an error in a handler", "GET /api/overflows/handler", null, null, 500, "INTERNAL", "the service"),
                bad(
                        "an error in an operator",
                        "GET /api/overflows/operator",
                        null,
                        null,
                        500,
                        "INTERNAL",
                        "the service"),
                bad("an error in a step", "GET /api/overflows/step", null, null, 500, "INTERNAL", "the service"),
                bad(
                        "an error when the body is there",
                        "POST /api/overflows",
                        JSON,
                        "{\"reason\": \"why\"}",
                        500,
                        "INTERNAL",
                        "the service failed"),
                bad("a defect", "GET /api/fails", null, null, 500, "INTERNAL", "the service failed"));
    }

    private static Arguments bad(
            String what, String request, String type, String body, int status, String code, String detail) {
        return Arguments.of(what, request, type, body, status, code, detail);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bad_requests")
    void answers_with_a_problem_document(
            String what, String request, String type, String body, int status, String code, String detail) {
        String[] parts = request.split(" ");
        var spec = sample.client("admin")
                .method(HttpMethod.valueOf(parts[0]))
                .uri(URI.create("http://127.0.0.1:" + sample.port() + parts[1]))
                .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        if (type != null) {
            spec.header("Content-Type", type);
        }
        if (body != null) {
            spec.bodyValue(body);
        }
        spec.exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody(String.class)
                .value(text -> assertThat(text)
                        .contains("\"code\":\"" + code + "\"")
                        .contains("\"type\":\"/problems/"
                                + code.toLowerCase(Locale.ROOT).replace('_', '-') + "\"")
                        .contains("\"status\":" + status)
                        .contains("\"instance\":\"" + parts[1].split("\\?")[0] + "\"")
                        .contains("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\"")
                        .contains(detail)
                        .doesNotContain("secret detail", "at io.", "Exception"));
    }

    @Test
    void answers_with_a_problem_document_when_nothing_acceptable_can_be_produced() {
        sample.client("admin")
                .get()
                .uri("/api/numbers/1?plus=1")
                .header("Accept", "application/xml")
                .exchange()
                .expectStatus()
                .isEqualTo(406)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON);
    }

    @Test
    void refuses_a_header_with_control_characters() throws Exception {
        try (var socket = new Socket("127.0.0.1", sample.port())) {
            String request = "GET /api/numbers/1?plus=1 HTTP/1.1\r\nHost: a\r\nAuthorization: "
                    + sample.tokens().bearer("ann", "admin")
                    + "\r\nAccept: text/\u0085plain\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"BAD_REQUEST\"");
        }
    }

    @Test
    void answers_head_as_get_without_a_body() {
        sample.client("viewer")
                .head()
                .uri("/api/numbers/1?plus=1")
                .exchange()
                .expectStatus()
                .isOk()
                .expectHeader()
                .contentType(MediaType.APPLICATION_JSON)
                .expectBody()
                .isEmpty();
    }

    @Test
    void names_the_methods_that_are_possible() {
        sample.client("admin")
                .delete()
                .uri("/api/rules")
                .exchange()
                .expectHeader()
                .valueEquals("Allow", "POST");
    }
}
