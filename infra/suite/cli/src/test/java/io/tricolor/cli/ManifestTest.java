package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {

    private static final String GOOD = """
            version: 2.0.0
            services:
            - name: web
              artifact: {type: file, uri: "https://repo.example/web.jar", sha256: %s}
              args: [java, -jar, web.jar]
              env: {COLOUR: red}
              secretEnv: {PASSWORD: {secretRef: db.main}}
              cpus: 0.5
            - name: cart
              artifact: {type: image, repository: repo.example/cart, digest: "sha256:%s"}
              healthCheck: {path: /up, interval: PT1S, timeout: PT2S, gracePeriod: PT1M, maxConsecutiveFailures: 3}
            """.formatted("a".repeat(64), "b".repeat(64));

    @TempDir
    private Path home;

    private final StubService stub = new StubService();

    @AfterEach
    void close() {
        stub.close();
    }

    @Test
    void a_good_one_passes_and_nothing_is_sent() throws Exception {
        Run run = check(GOOD);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Manifest 2.0.0 is well formed.");
        assertThat(stub.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    version: 2.0.0; version: ''; :1:1: version must not be empty
                    name: web; name: Web; :3:3: services[0].name does not look like
                    cpus: 0.5; cpus: 0; services[0].cpus must be above 0
                    cpus: 0.5; cpus: half; :8:3: services[0].cpus must be a number
                    cpus: 0.5; cpu: 0.5; services[0].cpu is not known; there are
                    name: cart; name: web; services[1].name is there twice
                    COLOUR: red; COLOUR: 1; services[0].env.COLOUR must be a string
                    type: image; type: tag; services[1].artifact has a type: file or image
                    'secretRef: db.main'; 'value: x'; services[0].secretEnv.PASSWORD lacks secretRef
                    PT2S; 2s; services[1].healthCheck.timeout does not look like
                    """)
    void what_is_wrong_is_told_with_its_place(String good, String bad, String message) throws Exception {
        Run run = check(GOOD.replace(good, bad));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message.replaceFirst("; there are$", ""));
    }

    @Test
    void all_of_it_is_told_at_once() throws Exception {
        Run run = check(GOOD.replace("name: web", "name: Web").replace("cpus: 0.5", "cpus: -1"));
        assertThat(run.err()).contains("services[0].name", "services[0].cpus");
    }

    @Test
    void shows_in_what_a_release_and_a_file_differ() throws Exception {
        stub.on(
                "GET /api/releases/shop/1.0",
                200,
                "{\"version\":\"1.0\",\"manifest\":{\"version\":\"1.0\",\"services\":[]}}");
        stub.on("POST /api/manifests/diff", 200, """
                {"changes":[{"path":"version","kind":"CHANGED","from":"1.0","to":"2.0.0"},
                 {"path":"web","kind":"ADDED","to":{"name":"web"}},{"path":"web.env.OLD","kind":"REMOVED","from":"x"}]}
                """);
        Path file = Files.writeString(home.resolve("manifest.yaml"), GOOD);
        Run run = Typed.at(stub, home).run("manifest", "diff", "shop@1.0", file.toString());
        assertThat(run.out().lines())
                .containsExactly("~ version: 1.0 -> 2.0.0", "+ web: {\"name\":\"web\"}", "- web.env.OLD: x");
    }

    @Test
    void lists_releases_and_prints_one() {
        stub.on("GET /api/releases/shop", 200, """
                {"releases":[{"version":"1.0","digest":"abcdef0123456789","firstDesiredAt":"2026-11-29T10:00:00Z",
                 "lastDesiredAt":"2026-11-29T11:00:00Z","clusters":["A","B"],"current":["A"],"manifest":{"version":"1.0"}}]}
                """);
        assertThat(Typed.at(stub, home).run("release", "list", "shop").out())
                .containsPattern("1.0 .* A, B +A +abcdef012345");
        stub.on("GET /api/releases/shop/1.0", 200, "{\"version\":\"1.0\",\"manifest\":{\"version\":\"1.0\"}}");
        assertThat(Typed.at(stub, home).run("release", "show", "shop", "1.0").out())
                .contains("version:");
        assertThat(Typed.at(stub, home).run("schema", "--manifest").out()).contains("\"title\": \"Manifest\"");
    }

    private Run check(String text) throws Exception {
        Path file = Files.writeString(home.resolve("manifest.yaml"), text);
        return Typed.at(stub, home).run("manifest", "check", "-f", file.toString());
    }
}
