package io.tricolor.config.secret;

import static io.tricolor.config.RunningService.client;
import static io.tricolor.config.RunningService.code;
import static io.tricolor.config.RunningService.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.config.RunningService;
import io.tricolor.contracts.Rejected;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.transaction.PlatformTransactionManager;

class EncryptionIT {

    private static String encrypted(String path, String text) {
        return client("ed", "config-editor")
                .post()
                .uri("/config-server/encrypt" + path)
                .contentType(MediaType.TEXT_PLAIN)
                .bodyValue(text)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
    }

    private static WebTestClient.ResponseSpec decrypt(String role, String value) {
        return client("dee", role)
                .post()
                .uri("/config-server/decrypt")
                .contentType(MediaType.TEXT_PLAIN)
                .bodyValue(value)
                .exchange();
    }

    @Test
    void hands_a_value_to_the_application_that_it_was_encrypted_for() {
        String own = encrypted("/sealed/prod", "hunter-own é");
        String all = encrypted("", "hunter-all");
        String other = encrypted("/another/prod", "hunter-other");
        assertThat(own).startsWith("{cipher}{app:sealed}{key:").isNotEqualTo(encrypted("/sealed/prod", "hunter-own é"));
        publish(
                        client("ann", "config-publisher"),
                        "sealed",
                        Map.of(
                                "properties",
                                Map.of("a", own, "b", all, "c", other, "d", "plain", "e", "{cipher}elsewhere"),
                                "reason",
                                "x"))
                .expectStatus()
                .isCreated();
        client("svc", "config-client")
                .get()
                .uri("/config-server/sealed-dev.json")
                .exchange()
                .expectBody()
                .json(
                        "{\"a\":\"hunter-own é\",\"b\":\"hunter-all\",\"invalid\":{\"c\":\"<n/a>\"},\"d\":\"plain\",\"e\":\"{cipher}elsewhere\"}");
        String seen = client("vic", "viewer")
                .get()
                .uri("/api/config/sealed/dev/main/revisions/current")
                .exchange()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
        assertThat(seen).contains("\"a\":\"******\"").doesNotContain("hunter", "{cipher}");
        assertThat(RunningService.jdbc()
                        .sql("select count(*) from config_content where body like '%hunter-own%'")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void decrypts_for_administrators_alone_and_only_what_was_not_changed() {
        String value = encrypted("/sealed/prod", "hunter2");
        decrypt("admin", value).expectStatus().isOk().expectBody(String.class).isEqualTo("hunter2");
        code(decrypt("config-publisher", value), 403, "FORBIDDEN");
        code(decrypt("config-client", value), 403, "FORBIDDEN");
        code(decrypt("admin", value.replace("{app:sealed}", "{app:other}")), 400, "INVALID_ARGUMENT");
        char last = value.charAt(value.length() - 3);
        code(
                decrypt(
                        "admin",
                        value.substring(0, value.length() - 3)
                                + (last == 'A' ? 'B' : 'A')
                                + value.substring(value.length() - 2)),
                400,
                "INVALID_ARGUMENT");
        code(decrypt("admin", "hunter2"), 400, "INVALID_ARGUMENT");
        code(
                client("vic", "viewer")
                        .post()
                        .uri("/config-server/encrypt")
                        .contentType(MediaType.TEXT_PLAIN)
                        .bodyValue("x")
                        .exchange(),
                403,
                "FORBIDDEN");
    }

    @Test
    void a_master_key_is_exchanged_without_a_new_revision() {
        String before = encrypted("", "hunter2");
        Secrets two = secrets(RunningService.keysFile("two", "one", "two"));
        two.afterSingletonsInstantiated();
        assertThat(two.decrypt(before)).isEqualTo("hunter2");
        assertThat(two.rotate()).isPositive();
        assertThat(two.rotate()).isZero();

        Secrets withoutOne = secrets(RunningService.keysFile("two", "two"));
        withoutOne.afterSingletonsInstantiated();
        assertThat(withoutOne.decrypt(before)).isEqualTo("hunter2");
        String after = withoutOne.encrypt("new", "application");
        assertThat(after.substring(0, 45)).isNotEqualTo(before.substring(0, 45));

        Secrets old = secrets(RunningService.keysFile("one", "one"));
        assertThatThrownBy(old::afterSingletonsInstantiated).hasMessageContaining("lacks the key two");
        Secrets none = new Secrets(new EncryptionProperties(null), RunningService.jdbc(), transactions());
        assertThatThrownBy(none::afterSingletonsInstantiated).hasMessageContaining("keys-file is missing");
        assertThatThrownBy(() -> none.encrypt("x", "application"))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("ENCRYPTION_OFF");

        // Back to what the running service has.
        assertThat(secrets(RunningService.keysFile("one", "one", "two")).rotate())
                .isPositive();
        client("root", "admin")
                .post()
                .uri("/api/config-keys/rotation")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.rewrapped")
                .isEqualTo(0);
    }

    private static Secrets secrets(java.nio.file.Path file) {
        return new Secrets(new EncryptionProperties(file.toString()), RunningService.jdbc(), transactions());
    }

    private static PlatformTransactionManager transactions() {
        return RunningService.bean(PlatformTransactionManager.class);
    }
}
