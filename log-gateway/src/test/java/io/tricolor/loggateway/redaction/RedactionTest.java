package io.tricolor.loggateway.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RedactionTest {

    private static final JsonMapper JSON = new JsonMapper();

    private final Redaction requests = Redaction.ofRequests();
    private final Redaction events = Redaction.ofEvents();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token",
                "access_token",
                "refreshToken",
                "password",
                "PASSWD",
                "new-password",
                "pwd",
                "secret",
                "client_secret",
                "Authorization",
                "api_key",
                "apiKey",
                "api-key",
                "credential",
                "X-Signature",
                "private_key",
                "Cookie",
                "sessionId",
                "jwt"
            })
    void hides_the_value_of_a_name_that_says_secret(String name) {
        ObjectNode line = line(name, "value-17");
        assertThat(requests.apply(line)).containsExactly("tricolor.params." + name);
        assertThat(line.toString()).doesNotContain("value-17").contains(Redaction.MASK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"group", "user", "page", "sku", "author", "keyboard", "compass"})
    void leaves_other_names(String name) {
        ObjectNode line = line(name, "value-17");
        assertThat(requests.apply(line)).isEmpty();
        assertThat(line.at("/tricolor/params/" + name).asString()).isEqualTo("value-17");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sent Bearer abcdef0123456789.x               | sent Bearer [redacted]",
                "Basic dXNlcjpwYXNzd29yZDE=                   | Basic [redacted]",
                "basic authentication                         | basic authentication",
                "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln | [redacted]",
                "at host.a-eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln.end | at host.a-[redacted].end",
                "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ, keyJhbGciOiJFUz.I1NiJ9aaaaaa | [redacted], keyJhbGciOiJFUz.I1NiJ9aaaaaa",
                "GET /x?a=1&token=abc&b=2                     | GET /x?a=1&token=[redacted]&b=2",
                "password = hunter2; user=ann                 | password = [redacted]; user=ann",
                "Cookie: a=b; c=d                             | Cookie: [redacted]",
                "jdbc:postgresql://ann:pw@127.0.0.1/x         | jdbc:postgresql://[redacted]@127.0.0.1/x",
                "card 4111 1111 1111 1111 was refused         | card [redacted] was refused",
                "5500-0000-0000-0004                          | [redacted]",
                "4111111111111112                             | 4111111111111112",
                "1234567890123456789                          | 1234567890123456789",
                "0193570a-2f18-7c41-9d5e-0a1b2c3d4e5f         | 0193570a-2f18-7c41-9d5e-0a1b2c3d4e5f",
                "/orders/4111111111111111x                    | /orders/4111111111111111x"
            })
    void hides_what_looks_like_a_secret(String text, String clean) {
        ObjectNode line = line("q", text);
        requests.apply(line);
        assertThat(line.at("/tricolor/params/q").asString()).isEqualTo(clean);
        line = (ObjectNode) JSON.createObjectNode().put("message", text);
        requests.apply(line);
        assertThat(line.get("message").asString()).isEqualTo(clean);
    }

    @Test
    void hides_private_keys_also_when_they_are_cut_off() {
        ObjectNode line = line("q", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n");
        requests.apply(line);
        assertThat(line.toString()).doesNotContain("MHcCAQEE");
    }

    @Test
    void leaves_ids_of_users_and_traces() {
        ObjectNode line = (ObjectNode) JSON.readTree("""
            {"user":{"id":"4111111111111111"},"trace":{"id":"41111111111111114111111111111111"},"event":{"duration":4111111111111111}}\
            """);
        String before = line.toString();
        assertThat(requests.apply(line)).isEmpty();
        assertThat(line.toString()).isEqualTo(before);
    }

    @Test
    void looks_into_objects_and_lists_and_is_done_after_once() {
        ObjectNode line = (ObjectNode) JSON.readTree("""
            {"extra":{"credentials":[{"user":"ann","password":"hunter22"}],"notes":["token=abc","fine"]}}\
            """);
        assertThat(requests.apply(line)).containsExactly("extra.credentials.password", "extra.notes");
        assertThat(line.toString()).contains("ann", "fine").doesNotContain("hunter22", "abc");
        assertThat(requests.apply(line)).isEmpty();
    }

    @Test
    void keeps_settings_of_routes_in_events_and_hides_secrets_of_manifests() {
        ObjectNode event = (ObjectNode) JSON.readTree("""
            {"identity":{"cookie":"uid"},"env":{"DB_PASSWORD":"hunter22"},"ids":["4111111111111111"],"sha256":"abc"}\
            """);
        assertThat(events.apply(event)).containsExactly("env.DB_PASSWORD");
        assertThat(event.at("/identity/cookie").asString()).isEqualTo("uid");
        assertThat(event.at("/ids/0").asString()).isEqualTo("4111111111111111");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v",
                "token",
                "token=\"",
                "eyJ-",
                "eyJaaaaaaaa.",
                "bearer ",
                "basic a",
                "://a:",
                "4 ",
                "cookie:",
                "-----BEGIN PRIVATE KEY-----"
            })
    void takes_no_time_that_grows_with_the_square_of_a_text(String piece) {
        ObjectNode line = line("q", piece.repeat(1_000_000 / piece.length()));
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> requests.apply(line));
    }

    private static ObjectNode line(String name, String value) {
        ObjectNode line = JSON.createObjectNode();
        line.putObject("tricolor").putObject("params").put(name, value);
        return line;
    }
}
