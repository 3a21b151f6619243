package io.tricolor.standalone.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SigningKeyTest {

    private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");

    @TempDir
    Path dir;

    @Test
    void names_applications_only_where_there_are_some() throws Exception {
        SigningKey key = SigningKey.in(dir);
        Duration hour = Duration.ofHours(1);
        String some = key.token("shop", List.of("config-client"), List.of("shop", "cart"), NOW, hour);
        assertThat(json(some.split("\\.", -1)[1]).path("applications").toString())
                .isEqualTo("[\"shop\",\"cart\"]");
        String all = key.token("shop", List.of("config-client"), NOW, hour);
        assertThat(json(all.split("\\.", -1)[1]).has("applications")).isFalse();
    }

    @Test
    void signs_tokens_that_the_public_key_verifies() throws Exception {
        SigningKey key = SigningKey.in(dir);
        List<String> parts = List.of(key.token("olivia", List.of("operator", "viewer"), NOW, Duration.ofHours(2))
                .split("\\.", -1));

        assertThat(parts).hasSize(3);
        assertThat(json(parts.get(0)).path("alg").asString()).isEqualTo("ES256");
        JsonNode claims = json(parts.get(1));
        assertThat(claims.path("iss").asString()).isEqualTo("tricolor");
        assertThat(claims.path("aud").asString()).isEqualTo("tricolor");
        assertThat(claims.path("sub").asString()).isEqualTo("olivia");
        assertThat(claims.path("roles").valueStream().map(JsonNode::asString)).containsExactly("operator", "viewer");
        assertThat(claims.path("iat").asLong()).isEqualTo(NOW.getEpochSecond());
        assertThat(claims.path("exp").asLong()).isEqualTo(NOW.getEpochSecond() + 7200);
        assertThat(verifies(key, parts.get(0) + "." + parts.get(1), parts.get(2)))
                .isTrue();
        assertThat(verifies(key, parts.get(0) + "." + parts.get(0), parts.get(2)))
                .isFalse();
    }

    @Test
    void keeps_its_key_and_hides_it_from_others() throws Exception {
        SigningKey key = SigningKey.in(dir.resolve("security"));
        byte[] before = Files.readAllBytes(key.publicKey());
        key.serviceToken("deploy", List.of("service"), NOW);
        SigningKey again = SigningKey.in(dir.resolve("security"));

        assertThat(Files.readAllBytes(again.publicKey())).isEqualTo(before);
        assertThat(permissions(dir.resolve("security"))).isEqualTo("rwx------");
        for (String file : List.of("signing-key.pem", "public-key.pem", "deploy.token")) {
            assertThat(permissions(dir.resolve("security").resolve(file)))
                    .as(file)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void makes_a_key_for_the_history_once_and_hides_it_from_others() throws Exception {
        Path key = AuditKey.in(dir.resolve("security"));
        String text = Files.readString(key);
        assertThat(text).contains("PRIVATE KEY");
        assertThat(permissions(key)).isEqualTo("rw-------");
        assertThat(Files.readString(AuditKey.publicKey(dir.resolve("security"))))
                .contains("PUBLIC KEY");
        assertThat(Files.readString(AuditKey.in(dir.resolve("security")))).isEqualTo(text);
    }

    @Test
    void keeps_a_service_token_until_a_month_before_its_end() throws Exception {
        SigningKey key = SigningKey.in(dir);
        String first = Files.readString(key.serviceToken("deploy", List.of("service"), NOW));
        assertThat(Files.readString(key.serviceToken("deploy", List.of("service"), NOW.plus(Duration.ofDays(300)))))
                .isEqualTo(first);
        assertThat(Files.readString(key.serviceToken("deploy", List.of("service"), NOW.plus(Duration.ofDays(340)))))
                .isNotEqualTo(first);
    }

    @Test
    void names_the_file_that_is_no_key() throws Exception {
        Files.writeString(dir.resolve("signing-key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n");
        assertThatThrownBy(() -> SigningKey.in(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("signing-key.pem")
                .hasMessageContaining("remove");
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static JsonNode json(String part) {
        return JsonMapper.builder().build().readTree(Base64.getUrlDecoder().decode(part));
    }

    private static boolean verifies(SigningKey key, String signed, String signature) throws Exception {
        String pem = Files.readString(key.publicKey()).replaceAll("-----[A-Z ]+-----", "");
        PublicKey publicKey = KeyFactory.getInstance("EC")
                .generatePublic(new X509EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
        Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
        verifier.initVerify(publicKey);
        verifier.update(signed.getBytes(StandardCharsets.US_ASCII));
        return verifier.verify(Base64.getUrlDecoder().decode(signature));
    }
}
