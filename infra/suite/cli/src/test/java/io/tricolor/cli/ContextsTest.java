package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which suite a command talks to, and as whom. */
class ContextsTest {

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @AfterEach
    void close() {
        stub.close();
    }

    private Typed typed() {
        stub.recorded("GET /api/groups", "groups");
        return new Typed(home);
    }

    private String sentToken() {
        return stub.requests().getLast().headers().get("authorization");
    }

    @Test
    void keeps_contexts_for_their_owner_alone_and_never_shows_a_token() throws IOException {
        Run added = typed().reading("secret.to.ken\n")
                .run("context", "add", "prod", "--strategy", stub.url() + "/", "--token", "-", "--use");
        assertThat(added.code()).as(added.err()).isZero();
        Path file = home.resolve(".config/tricolor/contexts.yaml");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Run listed = typed().run("context", "list");
        assertThat(listed.out()).contains("*  prod", stub.url()).doesNotContain("secret");
        assertThat(added.out()).doesNotContain("secret");
        assertThat(typed().run("group", "list").out()).contains("shop");
        assertThat(sentToken()).isEqualTo("Bearer secret.to.ken");
    }

    @Test
    void chooses_by_option_then_variable_then_what_was_chosen_last() throws IOException {
        Path token = Files.writeString(home.resolve("token"), "from.the.file\n");
        typed().run("context", "add", "one", "--strategy", stub.url(), "--token", "one.one.one", "--use");
        typed().run("context", "add", "two", "--strategy", stub.url(), "--token-file", token.toString());
        typed().run("context", "add", "three", "--strategy", stub.url(), "--token-variable", "CI_TOKEN");
        typed().run("group", "list");
        assertThat(sentToken()).endsWith("one.one.one");
        Typed withVariable = typed().with("TRICOLOR_CONTEXT", "two").with("CI_TOKEN", "ci.ci.ci");
        withVariable.run("group", "list");
        assertThat(sentToken()).endsWith("from.the.file");
        withVariable.run("group", "list", "--context", "three");
        assertThat(sentToken()).endsWith("ci.ci.ci");
        withVariable.with("TRICOLOR_TOKEN", "a.b.c").run("group", "list", "--context", "three");
        assertThat(sentToken()).endsWith("a.b.c");
        Run unset = typed().run("group", "list", "--context", "three");
        assertThat(unset.code()).isEqualTo(2);
        assertThat(unset.err()).contains("$CI_TOKEN is not set");
    }

    @Test
    void uses_and_forgets_contexts() {
        typed().run("context", "add", "one", "--strategy", stub.url(), "--token", "a.b.c", "--use");
        assertThat(typed().run("context", "use", "two").err()).contains("there is no context two");
        assertThat(typed().run("context", "remove", "one").code()).isZero();
        Run none = typed().run("group", "list");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("no suite is named", "tricolor context add");
    }

    @Test
    void refuses_what_is_no_address_no_name_and_no_token() throws IOException {
        assertThat(typed().run("context", "add", "local", "--strategy", stub.url())
                        .code())
                .isEqualTo(2);
        for (String address : new String[] {"example", "ftp://x", "http://a b", "http://u:p@x", "file:///x"}) {
            assertThat(typed().run("context", "add", "a", "--strategy", address).code())
                    .as(address)
                    .isEqualTo(2);
        }
        Path token = Files.writeString(home.resolve("token"), "two\r\nlines: x");
        typed().run("context", "add", "a", "--strategy", stub.url(), "--token-file", token.toString());
        Run run = typed().run("group", "list", "--context", "a");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("has as a token is none").doesNotContain("lines");
        assertThat(stub.requests()).isEmpty();
    }

    @Test
    void names_the_place_of_a_mistake_in_the_file() throws IOException {
        Path file = home.resolve(".config/tricolor/contexts.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "contexts:\n  prod:\n    strategi: [http://x]\n");
        Run run = typed().run("context", "list");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("contexts.yaml:3:5: contexts.prod.strategi is not known");
    }

    @Test
    void warns_of_a_token_that_travels_as_it_is() {
        assertThat(typed().run("context", "add", "a", "--strategy", "http://strategy.example:8401")
                        .err())
                .contains("is not https");
        assertThat(typed().run("context", "add", "a", "--strategy", "https://strategy.example")
                        .err())
                .isEmpty();
    }

    @Test
    void signs_a_token_of_its_own_for_the_suite_on_this_machine() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        Path data = Files.createDirectories(home.resolve(".tricolor/security")).getParent();
        Files.writeString(
                data.resolve("security/signing-key.pem"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(pair.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        int port = Integer.parseInt(stub.url().replaceAll(".*:", ""));
        Files.writeString(data.resolve("state.json"), "{\"portBase\":" + (port - 1) + "}");
        Run run = typed().run("group", "list", "--as", "adam", "--role", "approver,viewer");
        assertThat(run.code()).as(run.err()).isZero();
        String[] parts = sentToken().replace("Bearer ", "").split("\\.", -1);
        JsonNode claims =
                JsonMapper.builder().build().readTree(Base64.getUrlDecoder().decode(parts[1]));
        assertThat(claims.path("sub").asString()).isEqualTo("adam");
        assertThat(claims.path("roles").toString()).isEqualTo("[\"approver\",\"viewer\"]");
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(pair.getPublic());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        typed().run("group", "list");
        assertThat(new String(Base64.getUrlDecoder().decode(sentToken().split("\\.", -1)[1]), StandardCharsets.UTF_8))
                .contains("\"sub\":\"olivia\"")
                .doesNotContain("admin");
        assertThat(typed().run("context", "list").out()).contains("*  local    the suite in " + data);
    }
}
