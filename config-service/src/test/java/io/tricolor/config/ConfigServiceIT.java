package io.tricolor.config;

import static io.tricolor.config.RunningService.client;
import static io.tricolor.config.RunningService.code;
import static io.tricolor.config.RunningService.publish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.contracts.Topics;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import io.tricolor.kit.testing.TestTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.reactive.server.WebTestClient;

class ConfigServiceIT {

    @AfterAll
    static void every_answer_was_as_the_document_says() {
        CheckedAnswers.assertThatAllFitted();
    }

    private static final TestTokens TOKENS = RunningService.TOKENS;
    private static final String url = RunningService.url();

    @Test
    void publishes_lists_compares_and_rolls_back() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "cycle", Map.of("properties", Map.of("a", 1, "b", Map.of("c", "x")), "reason", "first"))
                .expectStatus()
                .isCreated()
                .expectHeader()
                .valueEquals("ETag", "\"1\"")
                .expectHeader()
                .valueEquals("Location", "/api/config/cycle/dev/main/revisions/1")
                .expectBody()
                .jsonPath("$.changedKeys")
                .isEqualTo(List.of("a", "b.c"))
                .jsonPath("$.actor")
                .isEqualTo("ann");
        publish(ann, "cycle", Map.of("yaml", "a: 2\nb:\n  c: x\nd: true", "reason", "second"))
                .expectStatus()
                .isCreated();
        ann.get()
                .uri("/api/config/cycle/dev/main/diff?from=1&to=2")
                .exchange()
                .expectBody()
                .json(
                        "{\"from\":1,\"to\":2,\"added\":{\"d\":true},\"removed\":{},\"changed\":{\"a\":{\"from\":1,\"to\":2}}}");
        ann.post()
                .uri("/api/config/cycle/dev/main/rollbacks")
                .bodyValue(Map.of("revision", 1, "reason", "second was wrong"))
                .exchange()
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.revision")
                .isEqualTo(3)
                .jsonPath("$.restored")
                .isEqualTo(1);
        ann.get()
                .uri("/api/config/cycle/dev/main/revisions/current")
                .exchange()
                .expectHeader()
                .valueEquals("ETag", "\"3\"")
                .expectBody()
                .json("{\"properties\":{\"a\":1,\"b.c\":\"x\"}}");
        client("vic", "viewer")
                .get()
                .uri("/api/config/cycle/dev/main/revisions?limit=2")
                .exchange()
                .expectBody()
                .jsonPath("$.revisions[0].revision")
                .isEqualTo(3)
                .jsonPath("$.revisions.length()")
                .isEqualTo(2)
                .jsonPath("$.next")
                .isEqualTo(2);
        client("vic", "viewer")
                .get()
                .uri("/api/config")
                .exchange()
                .expectBody()
                .jsonPath("$.namespaces[?(@.namespace == 'cycle/dev/main')].revision")
                .isEqualTo(3);
    }

    @Test
    void refuses_what_it_should_with_the_right_code() {
        WebTestClient ann = client("ann", "config-publisher");
        Map<String, Object> body = Map.of("properties", Map.of("a", 1), "reason", "x");
        publish(ann, "codes", body).expectStatus().isCreated();
        code(publish(ann, "codes", body), 409, "NOTHING_TO_CHANGE");
        code(publish(ann, "codes", Map.of("properties", Map.of("a", 2), "reason", " ")), 400, "INVALID_ARGUMENT");
        code(publish(ann, "codes", Map.of("reason", "none given")), 400, "INVALID_ARGUMENT");
        code(publish(ann, "a b/dev/main", body), 400, "INVALID_ARGUMENT");
        code(ann.get().uri("/api/config/nobody/dev/main/revisions").exchange(), 404, "NAMESPACE_NOT_FOUND");
        code(ann.get().uri("/api/config/codes/dev/main/revisions/9").exchange(), 404, "REVISION_NOT_FOUND");
        code(
                ann.post()
                        .uri("/api/config/nobody/dev/main/rollbacks")
                        .bodyValue(Map.of("revision", 1, "reason", "x"))
                        .exchange(),
                404,
                "NAMESPACE_NOT_FOUND");
        code(
                ann.post()
                        .uri("/api/config/codes/dev/main/revisions")
                        .header("If-Match", "\"7\"")
                        .bodyValue(Map.of("properties", Map.of("a", 2), "reason", "x"))
                        .exchange(),
                412,
                "VERSION_MISMATCH");
        code(publish(client("vic", "viewer"), "codes", body), 403, "FORBIDDEN");
        code(publish(client("ed", "config-editor"), "codes", body), 403, "FORBIDDEN");
    }

    @Test
    void a_repeated_publication_with_its_key_takes_effect_once() {
        WebTestClient ann = client("ann", "config-publisher");
        for (int i = 0; i < 3; i++) {
            ann.post()
                    .uri("/api/config/keyed/dev/main/revisions")
                    .header("Idempotency-Key", "publication-1")
                    .bodyValue(Map.of("properties", Map.of("a", 1), "reason", "x"))
                    .exchange()
                    .expectStatus()
                    .isCreated()
                    .expectBody()
                    .jsonPath("$.revision")
                    .isEqualTo(1);
        }
    }

    @Test
    void publishes_references_and_never_values() {
        publish(
                        client("ann", "config-publisher"),
                        "silent",
                        Map.of("properties", Map.of("db.password", "hunter2"), "reason", "secret"))
                .expectStatus()
                .isCreated();
        ConsumerRecord<String, String> message = relayed("silent/dev/main");
        assertThat(message.key()).isEqualTo("silent/dev/main");
        assertThat(new String(message.headers().lastHeader("ce_type").value(), UTF_8))
                .isEqualTo("io.tricolor.config.revision-published.v1");
        assertThat(message.value()).contains("db.password").doesNotContain("hunter2");
        assertThat(RunningService.jdbc()
                        .sql("select count(*) from domain_event where convert_from(payload, 'UTF8') like '%hunter2%'")
                        .query(Long.class)
                        .single())
                .isZero();
        client("vic", "viewer")
                .get()
                .uri("/api/config/silent/dev/main/revisions/1")
                .exchange()
                .expectBody()
                .json("{\"properties\":{\"db.password\":\"******\"}}");
    }

    @Test
    void shows_no_secret_to_those_who_may_only_look_in_any_reading() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(
                ann,
                "veiled",
                Map.of(
                        "properties",
                        Map.of("db.password", "hunter-one", "mail.sender", "{cipher}hunter-two", "plain", "a"),
                        "reason",
                        "first"));
        publish(
                ann,
                "veiled",
                Map.of(
                        "properties",
                        Map.of(
                                "db.password",
                                "hunter-three",
                                "mail.sender",
                                "hunter-four",
                                "plain",
                                "b",
                                "api-key",
                                "hunter-five"),
                        "reason",
                        "second"));
        for (String role : List.of("viewer", "operator", "approver", "service")) {
            for (String path : List.of(
                    "/api/config/veiled/dev/main/revisions",
                    "/api/config/veiled/dev/main/revisions/1",
                    "/api/config/veiled/dev/main/revisions/current",
                    "/api/config/veiled/dev/main/diff?from=1&to=2",
                    "/api/config/veiled/dev/main/diff?from=2&to=1",
                    "/api/config")) {
                assertThat(text(client("vic", role), path))
                        .as("%s as %s", path, role)
                        .doesNotContain("hunter-one", "hunter-two", "hunter-three")
                        .doesNotContain("hunter-five");
            }
        }
        assertThat(text(client("vic", "viewer"), "/api/config/veiled/dev/main/diff?from=1&to=2"))
                .contains("\"plain\":{\"from\":\"a\",\"to\":\"b\"}")
                .doesNotContain("hunter");
        assertThat(text(client("ed", "config-editor"), "/api/config/veiled/dev/main/diff?from=1&to=2"))
                .contains("hunter-one", "hunter-two", "hunter-three", "hunter-four", "hunter-five");
        for (String role : List.of("viewer", "operator", "config-publisher", "admin", "service", "router")) {
            code(client("vic", role).get().uri("/config-server/veiled/dev").exchange(), 403, "FORBIDDEN");
        }
        assertThat(text(client("app", "config-client"), "/config-server/veiled/dev"))
                .contains("hunter-three");
        code(
                client("app", "config-client")
                        .get()
                        .uri("/api/config/veiled/dev/main/revisions")
                        .exchange(),
                403,
                "FORBIDDEN");
    }

    @Test
    void a_token_that_names_applications_reads_the_configuration_of_these_alone() {
        WebTestClient ann = client("ann", "config-publisher");
        for (String application : List.of("named", "unnamed", "application")) {
            publish(ann, application, Map.of("properties", Map.of("of." + application, "1"), "reason", "x"));
        }
        String token = "Bearer "
                + TOKENS.sign(TestTokens.claims("app", "config-client")
                        .claim("applications", List.of("named", "other"))
                        .build());
        WebTestClient app = WebTestClient.bindToServer()
                .baseUrl(url)
                .defaultHeader("Authorization", token)
                .build();
        assertThat(text(app, "/config-server/named/dev")).contains("of.named", "of.application");
        assertThat(text(app, "/config-server/named,other/dev")).contains("of.named");
        assertThat(text(app, "/config-server/application/dev")).contains("of.application");
        for (String other : List.of("unnamed", "named,unnamed", "NAMED", "name")) {
            code(app.get().uri("/config-server/" + other + "/dev").exchange(), 403, "FORBIDDEN");
        }
    }

    private static String text(WebTestClient client, String path) {
        return client.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
    }

    @Test
    void rebuilds_its_read_model_from_the_stream_and_the_contents() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "rebuilt", Map.of("properties", Map.of("a", 1), "reason", "one"))
                .expectStatus()
                .isCreated();
        publish(ann, "rebuilt", Map.of("properties", Map.of("a", 2), "reason", "two"))
                .expectStatus()
                .isCreated();
        JdbcClient jdbc = RunningService.jdbc();
        String rows = "select string_agg(r::text, ';' order by namespace, revision) from config_revision r";
        String before = jdbc.sql(rows).query(String.class).single();
        jdbc.sql("delete from config_revision where namespace = 'rebuilt/dev/main'")
                .update();
        client("root", "admin")
                .post()
                .uri("/api/read-models/rebuild")
                .exchange()
                .expectStatus()
                .isAccepted();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> before.equals(
                        jdbc.sql(rows).query(String.class).optional().orElse("")));
    }

    @Test
    void readers_have_the_old_read_model_until_the_new_one_is_there() {
        WebTestClient ann = client("ann", "config-publisher");
        for (int i = 0; i < 20; i++) {
            publish(ann, "swapped", Map.of("properties", Map.of("a", i), "reason", "revision " + i));
        }
        JdbcClient jdbc = RunningService.jdbc();
        String rowVersion =
                "select xmin::text from config_revision where namespace = 'swapped/dev/main' and revision = 1";
        WebTestClient reader = client("svc", "config-client");
        for (int rebuild = 0; rebuild < 3; rebuild++) {
            String before = jdbc.sql(rowVersion).query(String.class).single();
            client("root", "admin").post().uri("/api/read-models/rebuild").exchange();
            await().pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        reader.get()
                                .uri("/config-server/swapped/dev")
                                .exchange()
                                .expectBody()
                                .jsonPath("$.propertySources[0].source.a")
                                .isEqualTo(19);
                        return !before.equals(
                                jdbc.sql(rowVersion).query(String.class).single());
                    });
        }
    }

    @Test
    void refuses_at_the_door_what_a_store_would_refuse_later() {
        WebTestClient ann = client("ann", "config-publisher");
        JdbcClient jdbc = RunningService.jdbc();
        String events = "select count(*) from domain_event where aggregate_id like 'nul/%'";
        for (Map<String, Object> body : List.<Map<String, Object>>of(
                Map.of("properties", Map.of("a", "1"), "reason", "x\0y"),
                Map.of("properties", Map.of("a", "\0"), "reason", "x"),
                Map.of("properties", Map.of("a\0b", "1"), "reason", "x"),
                Map.of("yaml", "a: \"\\0\"", "reason", "x"),
                Map.of("yaml", "a: \"\\ud800\"", "reason", "x"),
                Map.of("yaml", "[".repeat(5_000), "reason", "x"),
                Map.of("text", "a=\\u0000", "reason", "x"),
                Map.of("text", "a=\\ud800", "reason", "x"))) {
            code(publish(ann, "nul", body), 400, "INVALID_ARGUMENT");
        }
        code(ann.get().uri(java.net.URI.create(url + "/api/config?after=%00")).exchange(), 400, "INVALID_ARGUMENT");
        assertThat(jdbc.sql(events).query(Long.class).single()).isZero();
        publish(ann, "nul", Map.of("properties", Map.of("a", "é \uD83D\uDE00"), "reason", "名"))
                .expectStatus()
                .isCreated();
    }

    @Test
    void a_client_of_several_applications_gets_the_later_ones_first() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "first/default/main", Map.of("text", "a=first\nf=1", "reason", "x"));
        publish(ann, "first/dev/main", Map.of("text", "p=first", "reason", "x"));
        publish(ann, "second/default/main", Map.of("text", "a=second\np=second", "reason", "x"));
        client("svc", "config-client")
                .get()
                .uri("/config-server/first,second/dev")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.name")
                .isEqualTo("first,second")
                .jsonPath("$.version")
                .value(version -> assertThat(String.valueOf(version))
                        .containsSubsequence("first/dev@1", "second/default@1", "first/default@1"));
    }

    @Test
    void a_real_client_reads_the_most_specific_value_first() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "application/default/main", Map.of("text", "colour=shared\nshared=yes\nlevel=0", "reason", "x"));
        publish(ann, "application/dev/main", Map.of("text", "level=1", "reason", "x"));
        publish(ann, "demo-app/default/main", Map.of("text", "colour=app\nlevel=2\nbase=b", "reason", "x"));
        publish(ann, "demo-app/dev/main", Map.of("yaml", "colour: dev\nnum: 42\nlist: [a, b]", "reason", "x"));

        Environment environment = application("demo-app", "dev", "main", false);
        assertThat(environment.getProperty("colour")).isEqualTo("dev");
        assertThat(environment.getProperty("level")).isEqualTo("1");
        assertThat(environment.getProperty("base")).isEqualTo("b");
        assertThat(environment.getProperty("shared")).isEqualTo("yes");
        assertThat(environment.getProperty("num", Integer.class)).isEqualTo(42);
        assertThat(environment.getProperty("list[1]")).isEqualTo("b");
        assertThat(environment.getProperty("config.client.version"))
                .isEqualTo("demo-app/default@1+application/default@1");

        Environment stranger = application("unknown-app", "dev", "absent,main", true);
        assertThat(stranger.getProperty("colour")).isEqualTo("shared");
        assertThat(stranger.getProperty("base")).isNull();
    }

    @Test
    void two_releases_have_the_two_configurations_that_they_are_bound_to() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "application/prod/main", Map.of("text", "pinned.shared=old", "reason", "x"));
        publish(ann, "bound/prod/main", Map.of("text", "colour=red", "reason", "of version 1"));
        publish(ann, "bound/cluster-b/main", Map.of("text", "pool=small", "reason", "overlay of cluster B"));
        publish(ann, "application/prod/main", Map.of("text", "pinned.shared=new", "reason", "x"));
        publish(ann, "bound/prod/main", Map.of("text", "colour=green", "reason", "of version 2"));
        publish(ann, "bound/cluster-b/main", Map.of("text", "pool=large", "reason", "for version 3"));
        publish(ann, "bound/prod/main", Map.of("text", "colour=green", "reason", "to be bound", "again", true))
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.revision")
                .isEqualTo(3)
                .jsonPath("$.changedKeys")
                .isEmpty();

        Environment one = application("bound", "prod,cluster-b", "bound/prod/main@1", false);
        Environment two = application("bound", "prod,cluster-b", "bound/prod/main@2", true);
        Environment three = application("bound", "prod,cluster-b", "bound/prod/main@3", true);
        assertThat(List.of(fingerprint(one), fingerprint(two), fingerprint(three)))
                .containsExactly("red old null", "green new small", "green new large");

        ann.post()
                .uri("/api/config/bound/prod/main/rollbacks")
                .bodyValue(Map.of("revision", 1, "reason", "back"))
                .exchange()
                .expectStatus()
                .isCreated();
        assertThat(fingerprint(application("bound", "prod,cluster-b", "main", true)))
                .isEqualTo("red new large");
        assertThat(fingerprint(application("bound", "prod,cluster-b", "bound/prod/main@2", true)))
                .isEqualTo("green new small");
        WebTestClient reader = client("svc", "config-client");
        code(reader.get().uri("/config-server/bound/prod/bound(_)prod(_)main@9").exchange(), 404, "REVISION_NOT_FOUND");
        code(reader.get().uri("/config-server/other/prod/bound(_)prod(_)main@1").exchange(), 400, "INVALID_ARGUMENT");
    }

    private static String fingerprint(Environment environment) {
        return environment.getProperty("colour") + " " + environment.getProperty("pinned.shared") + " "
                + environment.getProperty("pool");
    }

    @Test
    void keeps_files_until_they_are_given_anew_and_shows_them_to_those_who_may_change_them() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "filed", Map.of("text", "a=1", "files", Map.of("nginx/site.conf", "listen 80"), "reason", "x"))
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.changedKeys")
                .isEqualTo(List.of("a", "file:nginx/site.conf"));
        publish(ann, "filed", Map.of("yaml", "# why\nz: 1\na: 2\n", "reason", "x"));
        String path = "/api/config/filed/dev/main/revisions/current";
        assertThat(text(ann, path)).contains("{\"z\":1,\"a\":2}", "\"text\":\"# why\\nz: 1\\na: 2\\n\"", "listen 80");
        assertThat(text(client("vic", "viewer"), path))
                .contains("{\"z\":1,\"a\":2}", "nginx/site.conf")
                .doesNotContain("# why", "listen 80");
        publish(ann, "filed", Map.of("files", Map.of(), "reason", "x"))
                .expectStatus()
                .isCreated()
                .expectBody()
                .jsonPath("$.changedKeys")
                .isEqualTo(List.of("file:nginx/site.conf"));
        code(
                publish(ann, "filed", Map.of("files", Map.of("../etc/passwd", "x"), "reason", "x")),
                400,
                "INVALID_ARGUMENT");
        code(publish(ann, "filed", Map.of("text", "a=" + "x".repeat(700_000), "reason", "x")), 400, "INVALID_ARGUMENT");
    }

    @Test
    void answers_nothing_rather_than_an_empty_configuration() {
        publish(client("ann", "config-publisher"), "known", Map.of("text", "a=1", "reason", "x"));
        JdbcClient jdbc = RunningService.jdbc();
        long newest = jdbc.sql("select max(position) from config_revision")
                .query(Long.class)
                .single();
        jdbc.sql("update config_revision set position = -position").update();
        Revisions revisions = RunningService.bean(Revisions.class);
        try {
            revisions.afterSingletonsInstantiated();
            for (String path : List.of("/config-server/known/dev", "/config-server/known-dev.yml")) {
                code(client("svc", "config-client").get().uri(path).exchange(), 503, "READ_MODEL_MISSING");
            }
            code(client("vic", "viewer").get().uri("/api/config").exchange(), 503, "READ_MODEL_MISSING");
        } finally {
            jdbc.sql("update config_revision set position = -position where position < 0")
                    .update();
        }
        assertThat(newest).isPositive();
        assertThat(text(client("svc", "config-client"), "/config-server/known/dev"))
                .contains("\"a\":\"1\"");
    }

    @Test
    void serves_both_versions_of_the_format_and_labels_with_slashes() {
        WebTestClient ann = client("ann", "config-publisher");
        publish(ann, "labelled/dev/feature(_)x", Map.of("properties", Map.of("num", 42), "reason", "x"))
                .expectStatus()
                .isCreated();
        WebTestClient reader = client("svc", "config-client");
        reader.get()
                .uri("/config-server/labelled/dev/feature(_)x")
                .exchange()
                .expectHeader()
                .contentType("application/json")
                .expectBody()
                .jsonPath("$.label")
                .isEqualTo("feature/x")
                .jsonPath("$.name")
                .isEqualTo("labelled")
                .jsonPath("$.profiles[0]")
                .isEqualTo("dev")
                .jsonPath("$.propertySources[0].source.num")
                .isEqualTo(42);
        reader.get()
                .uri("/config-server/labelled/dev/feature(_)x")
                .header("Accept", "application/vnd.spring-cloud.config-server.v2+json")
                .exchange()
                .expectHeader()
                .contentType("application/vnd.spring-cloud.config-server.v2+json")
                .expectBody()
                .jsonPath("$.propertySources[0].source.num.value")
                .isEqualTo(42)
                .jsonPath("$.propertySources[0].source.num.origin")
                .isEqualTo("labelled/dev/feature/x@1");
        WebTestClient.bindToServer()
                .baseUrl(url)
                .build()
                .get()
                .uri("/config-server/labelled/dev")
                .exchange()
                .expectStatus()
                .isUnauthorized();
    }

    @Test
    void answers_whatever_is_asked() throws Exception {
        String publisher = TOKENS.bearer("ann", "config-publisher");
        String viewer = TOKENS.bearer("vic", "viewer", "config-client");
        String json = "application/json";
        String path = "/api/config/strange/dev/main";
        new StrangeRequests(java.net.URI.create(url))
                .send(
                        List.of(
                                new Good("GET", "/api/config?after=a&limit=5", viewer, null, null),
                                new Good("GET", path + "/revisions?before=5&limit=5", viewer, null, null),
                                new Good("GET", path + "/revisions/1", viewer, null, null),
                                new Good("GET", path + "/diff?from=1&to=2", viewer, null, null),
                                new Good("GET", "/config-server/strange,other/dev,prod/main", viewer, null, null),
                                new Good("GET", "/config-server/main/strange-dev.yml", viewer, null, null),
                                new Good("GET", "/config-server/strange-dev.properties", viewer, null, null),
                                new Good("GET", "/config-server/strange/dev/main/a/b.conf", viewer, null, null),
                                new Good(
                                        "POST",
                                        "/config-server/encrypt/strange/dev",
                                        publisher,
                                        "text/plain",
                                        "hunter2"),
                                new Good(
                                        "POST",
                                        path + "/revisions",
                                        publisher,
                                        json,
                                        "{\"properties\":{\"a\":1,\"b\":{\"c\":[\"x\",null]}},\"reason\":\"why\"}"),
                                new Good(
                                        "POST",
                                        path + "/revisions",
                                        publisher,
                                        json,
                                        "{\"yaml\":\"a: 1\\nb: [x, {c: 2020-01-01}]\",\"reason\":\"why\"}"),
                                new Good(
                                        "POST",
                                        path + "/comparison",
                                        publisher,
                                        json,
                                        "{\"text\":\"a=1\\nb=\\\\u0041\",\"yaml\":null}"),
                                new Good(
                                        "POST",
                                        path + "/rollbacks",
                                        publisher,
                                        json,
                                        "{\"revision\":1,\"reason\":\"why\"}")),
                        300);
        publish(client("ann", "config-publisher"), "strange-after", Map.of("text", "a=1", "reason", "x"))
                .expectStatus()
                .isCreated();
    }

    @Configuration(proxyBeanMethods = false)
    static class Client {}

    /** Starts an application with the real client and hands its environment over. */
    private static Environment application(String name, String profile, String label, boolean byTokenHeader) {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.main.web-application-type=none",
                // What the tests compare with switches it off where it is on the class path.
                "--spring.cloud.config.enabled=true",
                "--spring.application.name=" + name,
                "--spring.profiles.active=" + profile,
                "--spring.config.import=configserver:" + url + "/config-server",
                "--spring.config.name=none",
                "--spring.cloud.config.label=" + label));
        String token = TOKENS.token("demo", "config-client");
        arguments.add(
                byTokenHeader
                        ? "--spring.cloud.config.token=" + token
                        : "--spring.cloud.config.headers.Authorization=Bearer " + token);
        try (ConfigurableApplicationContext application =
                new SpringApplicationBuilder(Client.class).run(arguments.toArray(String[]::new))) {
            return application.getEnvironment();
        }
    }

    private static ConsumerRecord<String, String> relayed(String key) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", SharedEngines.bootstrapServers());
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.CONFIG_EVENTS).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Instant end = Instant.now().plusSeconds(30);
            while (Instant.now().isBefore(end)) {
                for (ConsumerRecord<String, String> message : consumer.poll(Duration.ofMillis(200))) {
                    if (key.equals(message.key())) {
                        return message;
                    }
                }
            }
        }
        throw new AssertionError("nothing was relayed for " + key);
    }
}
