package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretNamesTest {

    private static List<String> words(String line) {
        return Arrays.asList(line.split("\\|", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web|--password=hunter2",
                "java|-Dapi.key=k-17|-jar|web.jar",
                "java|-Ddb.password='x y'",
                "web|--db-token|abc",
                "web|-secret|abc",
                "PASSWORD=x|web",
                "sh|-c|export DB_PASSWORD=x; exec web",
                "sh|-c|web --token abc",
                "web|--sender={cipher}00ff",
                "web|--db=postgres://u:pw@db/x",
                "web|http://h/?access_key=abc",
                "web|--spring.application.json={\"db\":{\"password\" : \"x\"}}",
            })
    void finds_secrets_in_command_lines(String line) {
        assertThat(SecretNames.secretIn(words(line))).as(line).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web|--port=8080|--name=a=b",
                "java|-cp|a:b|Main|--tls.key-file=/run/k",
                "web|--password-file=/run/secrets/db|--token.path|/run/t",
                "web|--password=${DB_PASSWORD}|--token|$TOKEN",
                "web|--password=|--secret",
                "web|--token-auth=true|--verbose",
                "web|--url=http://host:8080/a@b",
                "web|--json={\"user\":\"x\",\"password\":\"${DB_PASSWORD}\"}",
                "web|=|-|--|'|\"",
            })
    void leaves_other_command_lines_alone(String line) {
        assertThat(SecretNames.secretIn(words(line))).as(line).isNull();
    }

    @Test
    void names_what_holds_the_secret_and_not_the_secret() {
        assertThat(SecretNames.secretIn(List.of("web", "--db.password=hunter2")))
                .isEqualTo("--db.password");
        assertThat(SecretNames.secretIn(List.of("web", "--db-password", "hunter2")))
                .isEqualTo("--db-password");
    }

    @Test
    void looks_into_values_of_variables() {
        assertThat(SecretNames.holdsSecret("DB", "postgres://u:pw@db/x")).isTrue();
        assertThat(SecretNames.holdsSecret("SPRING_APPLICATION_JSON", "{\"api-key\":\"x\"}"))
                .isTrue();
        assertThat(SecretNames.holdsSecret("DB", "postgres://u@db:5432/x")).isFalse();
        assertThat(SecretNames.holdsSecret("TOKEN_AUTH", "true")).isFalse();
        assertThat(SecretNames.holdsSecret("PASSWORD", "x")).isTrue();
    }

    @Test
    void is_done_soon_with_texts_that_are_made_to_take_long() {
        for (String part : List.of("://a", "\"a", "\"a\":", "-", "a=", " ", "'", "://::", "token=")) {
            List<String> words = List.of(part.repeat(32_768 / part.length()));
            assertThatCode(() ->
                            assertThat(Duration.ofSeconds(5)).isGreaterThan(took(() -> SecretNames.secretIn(words))))
                    .as(part)
                    .doesNotThrowAnyException();
        }
    }

    private static Duration took(Runnable what) {
        long begun = System.nanoTime();
        what.run();
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
