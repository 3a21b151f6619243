package io.tricolor.config.client;

import static io.tricolor.config.RunningService.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.config.RunningService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The same tree in Spring Cloud Config Server and here, asked the same. */
class StaticProtocolIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Of labels, the files that each has. */
    private static final Map<String, Map<String, String>> TREE = Map.of(
            "main",
            Map.of(
                    "application.yml",
                    """
                    zeta: shared
                    alpha: shared
                    greeting: "hello ${who:nobody}"
                    who: shared
                    servers: [a, b, c]
                    """,
                    "application-dv.yml",
                    "who: shared-dev\nlevel: 1\n",
                    "tree.yml",
                    """
                    zeta: own
                    port: 8080
                    ratio: 1.50
                    tiny: 1.0e-7
                    huge: 12345678901234567890
                    on: true
                    off: no
                    born: 2020-09-10
                    at: 2001-12-14t21:59:43.10-05:00
                    empty:
                    none: ~
                    emptyList: []
                    emptyMap: {}
                    text: "line one\\nline: two"
                    quoted: "it's \\"quoted\\" é 名"
                    escaped: '\\${alpha}'
                    nested: "${greeting} and ${missing} and ${missing:${zeta}}"
                    numbers: {1: one, 2: two, true: yes}
                    logging: {level: {org: warn, org.springframework: info}}
                    matrix: [[1, 2], [3]]
                    people: [{name: ann, age: 3}, {name: bob}]
                    servers: [d]
                    """,
                    "tree-dv.yml",
                    "port: 9090\nservers: [x, y]\nonly.dev: true\npeople: [{name: zed}]\n",
                    "tree-eu.properties",
                    "region = eu\nlevel=2\nb.c=1\nb.a=2\nlist[]=p,q\nunicode=\\u00e9\n",
                    "second.yml",
                    "zeta: second\nwho: second\n",
                    "second-dv.yml",
                    "port: 7070\n"),
            "line/two",
            Map.of(
                    "tree.yml",
                    "zeta: of two\nonly: two\n",
                    "tree-dv.yml",
                    "port: 2\n",
                    "application.yml",
                    "zeta: 2\n"));

    private static final Map<String, String> FILES = Map.of(
            "site.conf", "listen ${port};\nname ${zeta};\nkeep \\${zeta} ${missing};\n",
            "site-dv.conf", "dev ${port}\n",
            "deep/er/x.txt", "${who}");

    @TempDir
    private static Path tree;

    private static RealConfigServer real;

    @BeforeAll
    static void publishTheTree() throws IOException {
        WebTestClient ann = RunningService.client("ann", "config-publisher");
        for (Map.Entry<String, Map<String, String>> label : TREE.entrySet()) {
            Path folder = Files.createDirectories(tree.resolve(label.getKey()));
            for (Map.Entry<String, String> file : label.getValue().entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
                String name = file.getKey().substring(0, file.getKey().lastIndexOf('.'));
                String[] parts = name.split("-");
                String profile = parts.length == 1 ? "default" : parts[1];
                publish(
                                ann,
                                parts[0] + "/" + profile + "/" + label.getKey().replace("/", "(_)"),
                                Map.of(
                                        file.getKey().endsWith(".yml") ? "yaml" : "text",
                                        file.getValue(),
                                        "files",
                                        file.getKey().equals("tree.yml")
                                                        && label.getKey().equals("main")
                                                ? FILES
                                                : Map.of(),
                                        "reason",
                                        "x"))
                        .expectStatus()
                        .isCreated();
            }
        }
        for (Map.Entry<String, String> file : FILES.entrySet()) {
            Path path = tree.resolve("main").resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        real = new RealConfigServer(tree);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private record Asked(int status, String type, String body) {}

    private static Asked ask(String url, String path, String accept, String authorization)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).header("Accept", accept);
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        var answer = HTTP.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
        String type = answer.headers().firstValue("Content-Type").orElse("");
        return new Asked(answer.statusCode(), type.split(";")[0], answer.body());
    }

    private static Asked ours(String path, String accept) throws IOException, InterruptedException {
        return ask(
                RunningService.url() + "/config-server",
                path,
                accept,
                RunningService.TOKENS.bearer("svc", "config-client"));
    }

    private static Asked theirs(String path, String accept) throws IOException, InterruptedException {
        return ask(real.url(), path, accept, "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/tree/default",
                "/tree/dv",
                "/tree/dv/main",
                "/tree/eu/main",
                "/tree/dv,eu/main",
                "/tree/eu,dv/main",
                "/tree/nowhere/main",
                "/unknown/dv/main",
                "/application/dv/main",
                "/application/default",
                "/tree,second/dv/main",
                "/second,tree/dv,eu/main",
                "/tree/dv/line(_)two",
                "/tree/default/line(_)two",
            })
    void has_the_same_sources_with_the_same_keys_in_the_same_order(String path) throws Exception {
        for (String accept : List.of("application/json", "application/vnd.spring-cloud.config-server.v2+json")) {
            Asked ours = ours(path, accept);
            Asked theirs = theirs(path, accept);
            assertThat(ours.status()).isEqualTo(200).isEqualTo(theirs.status());
            assertThat(ours.type()).isEqualTo(accept).isEqualTo(theirs.type());
            JsonNode mine = JSON.readTree(ours.body());
            JsonNode other = JSON.readTree(theirs.body());
            assertThat(mine.path("name")).isEqualTo(other.path("name"));
            assertThat(profiles(mine)).isEqualTo(profiles(other));
            assertThat(sources(mine)).containsExactlyElementsOf(sources(other));
        }
    }

    /** The other server has several in one text. */
    private static String profiles(JsonNode environment) {
        return String.join(
                ",",
                environment
                        .path("profiles")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList());
    }

    /** The name without what only one of the two has, then keys and values in their order. */
    private static List<String> sources(JsonNode environment) {
        List<String> sources = new ArrayList<>();
        for (JsonNode source : environment.path("propertySources")) {
            String name = source.path("name")
                    .asString()
                    .replaceAll("^tricolor:([^@]*)@.*$", "$1")
                    .replaceAll("^.*/([^/]+)\\.(yml|properties).*$", "$1");
            Map<String, String> values = new LinkedHashMap<>();
            source.path("source")
                    .properties()
                    .forEach(one -> values.put(
                            one.getKey(),
                            one.getValue().has("value")
                                    ? one.getValue().path("value").toString()
                                    : one.getValue().toString()));
            sources.add(name + " " + values);
        }
        return sources;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/tree-dv.yml",
                "/tree-dv.yaml",
                "/tree-dv.json",
                "/tree-dv.properties",
                "/tree-default.yml",
                "/tree-dv,eu.yml",
                "/tree-dv,eu.json",
                "/tree-dv,eu.properties",
                "/main/tree-dv.yml",
                "/main/tree-dv.json",
                "/main/tree-dv.properties",
                "/tree-dv.yml?resolvePlaceholders=false",
                "/tree-dv.json?resolvePlaceholders=false",
                "/tree-dv.properties?resolvePlaceholders=false",
                "/line(_)two/tree-dv.yml",
                "/tree,second-dv.json",
                "/unknown-dv.properties",
                "/tree/dv/main/site.conf",
                "/tree/default/main/site.conf",
                "/tree/eu/main/site.conf",
                "/tree/default/main/site.conf?resolvePlaceholders=false",
                "/tree/dv/main/deep/er/x.txt",
                "/tree/dv/site.conf?useDefaultLabel",
            })
    void answers_documents_and_files_to_the_byte(String path) throws Exception {
        Asked theirs = theirs(path, "*/*");
        Asked ours = ours(path, "*/*");
        assertThat(ours.body()).isEqualTo(theirs.body());
        assertThat(ours.status()).isEqualTo(200).isEqualTo(theirs.status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/main/tree.yml",
                "/tree-dv.txt",
                "/tree",
                "/tree/dv/main/none.conf",
                "/tree/dv/main/site",
                "/tree/dv/main/deep",
                "/tree/dv/main/deep/er/none.txt",
                "/tree/dv.yml",
            })
    void does_not_serve_what_spring_does_not(String path) throws Exception {
        assertThat(theirs(path, "*/*").status()).isEqualTo(404);
        assertThat(ours(path, "*/*").status()).isEqualTo(404);
    }

    @Test
    void an_unknown_label_is_not_found_and_one_of_a_list_suffices() throws Exception {
        assertThat(ours("/tree/dv/none", "*/*").body()).contains("LABEL_NOT_FOUND");
        assertThat(ours("/none/tree-dv.yml", "*/*").status()).isEqualTo(404);
        assertThat(ours("/tree/dv/none/site.conf", "*/*").status()).isEqualTo(404);
        assertThat(ours("/tree/dv/none,main", "*/*").status()).isEqualTo(200);
        assertThat(sources(JSON.readTree(ours("/tree/dv/line(_)two,main", "*/*").body())))
                .containsExactlyElementsOf(sources(
                        JSON.readTree(theirs("/tree/dv/line(_)two,main", "*/*").body())));
    }

    @Test
    void takes_the_token_as_a_password_too() throws Exception {
        String url = RunningService.url() + "/config-server";
        String token = RunningService.TOKENS.token("svc", "config-client");
        assertThat(ask(url, "/tree/dv", "*/*", basic("anybody:" + token)).status())
                .isEqualTo(200);
        for (String wrong : List.of(basic("anybody:x"), basic("anybody"), "Basic ###", "Basic ")) {
            assertThat(ask(url, "/tree/dv", "*/*", wrong).status()).as(wrong).isEqualTo(401);
        }
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void placeholders_that_grow_without_end_are_refused() throws Exception {
        StringBuilder text = new StringBuilder("l0=lol\n");
        for (int i = 1; i < 30; i++) {
            text.append("l")
                    .append(i)
                    .append("=${l")
                    .append(i - 1)
                    .append("}${l")
                    .append(i - 1)
                    .append("}\n");
        }
        WebTestClient ann = RunningService.client("ann", "config-publisher");
        publish(ann, "laughs", Map.of("text", text.toString(), "reason", "x"))
                .expectStatus()
                .isCreated();
        publish(ann, "ring", Map.of("text", "a=${b}\nb=${a}", "reason", "x"))
                .expectStatus()
                .isCreated();
        for (String name : List.of("laughs", "ring")) {
            assertThat(ours("/" + name + "-dev.yml", "*/*").body()).contains("INVALID_ARGUMENT");
            assertThat(ours("/" + name + "-dev.yml?resolvePlaceholders=false", "*/*")
                            .status())
                    .isEqualTo(200);
        }
    }
}
