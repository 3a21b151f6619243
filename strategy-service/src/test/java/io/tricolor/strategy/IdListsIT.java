package io.tricolor.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.TestTokens;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Lists of ids, from the upload to the route table, on a real PostgreSQL. */
class IdListsIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final TestTokens TOKENS = TestTokens.create();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONGEST_REQUEST = Duration.ofMinutes(3);
    private static final String TEXT = "text/plain";
    private static final String BINARY = "application/octet-stream";
    private static final String YAML = "application/yaml";
    private static final String UNKNOWN = "0".repeat(64);
    private static final String MANIFEST = """
            {"version":"%s","services":[{"name":"web","artifact":{"type":"file","uri":"file:/srv/shop.jar","sha256":"%s"},
             "args":["java","-jar","shop.jar"],"instances":1}]}""";

    private static ConfigurableApplicationContext service;
    private static RegistryStub registry;
    private static URI base;

    @BeforeAll
    static void start() throws Exception {
        registry = new RegistryStub();
        service = new SpringApplicationBuilder(
                        StrategyService.class, StrategyServiceIT.ObedientDeployer.class, CheckedAnswers.class)
                .web(WebApplicationType.REACTIVE)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + SharedEngines.freshDatabase("lists"),
                        "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.consul.url=" + registry.url(),
                        "--tricolor.security.public-key=" + TOKENS.publicKey());
        base = URI.create("http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port"));
        send("POST", "/api/groups", "application/json", """
                {"groupId":"listed","application":"shop","environment":"test","clusters":["A","B"],
                 "entries":[{"pathPrefix":"/","service":"web"}]}""");
        start("INSTALL", "A", "1", "[]");
        await().atMost(PATIENCE).until(() -> !group().has("upgrade"));
    }

    @AfterAll
    static void stop() {
        service.close();
        registry.close();
        CheckedAnswers.assertThatAllFitted();
    }

    @Test
    void keeps_a_list_once_by_its_content_and_gives_it_back() throws Exception {
        List<Long> ids = new Random(7).longs(200_000).boxed().collect(Collectors.toList());
        ids.addAll(List.of(Long.MIN_VALUE, Long.MAX_VALUE, 9_007_199_254_740_993L, 0L, -1L));
        byte[] content = content(ids.stream().mapToLong(Long::longValue).toArray());
        ids.addAll(ids.subList(0, 1_000));
        Collections.shuffle(ids, new Random(8));
        String sha256 = sha256(content);
        String text = ids.stream().map(String::valueOf).collect(Collectors.joining("\n"));

        HttpResponse<String> first = send("POST", "/api/id-lists", TEXT, text);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        assertThat(first.headers().firstValue("Location")).hasValue("/api/id-lists/" + sha256);
        assertThat(JSON.readTree(first.body()))
                .isEqualTo(JSON.readTree("{\"sha256\":\"" + sha256 + "\",\"count\":" + content.length / 8 + "}"));
        HttpResponse<String> again = HTTP.send(
                request("/api/id-lists", "olga", "operator")
                        .header("Content-Type", BINARY)
                        .POST(BodyPublishers.ofByteArray(content))
                        .build(),
                BodyHandlers.ofString());
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());

        HttpResponse<byte[]> got = HTTP.send(
                request("/api/id-lists/" + sha256, "gw-1", "router").GET().build(), BodyHandlers.ofByteArray());
        assertThat(got.statusCode()).isEqualTo(200);
        assertThat(got.body()).isEqualTo(content);
        assertThat(got.headers().firstValue("Content-Type")).hasValue(BINARY);
        assertThat(got.headers().firstValue("ETag")).hasValue("\"" + sha256 + "\"");
        assertThat(got.headers().firstValue("Content-Length")).hasValue(String.valueOf(content.length));
        HttpResponse<byte[]> known = HTTP.send(
                request("/api/id-lists/" + sha256, "gw-1", "router")
                        .header("If-None-Match", "\"" + sha256 + "\"")
                        .GET()
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();

        JsonNode page =
                JSON.readTree(get("/api/id-lists?limit=500", "vera", "viewer").body());
        assertThat(page.get("lists")).anySatisfy(list -> {
            assertThat(list.get("sha256").asString()).isEqualTo(sha256);
            assertThat(list.get("storedBy").asString()).isEqualTo("olga");
        });
        assertThat(JSON.readTree(get("/api/id-lists?limit=1", "vera", "viewer").body())
                        .get("next")
                        .asString())
                .matches("[0-9a-f]{64}\\.(ids|intervals)");
        assertThat(get("/metrics", "vera", "viewer").body())
                .containsPattern("tricolor_id_lists_bytes [1-9]")
                .containsPattern("tricolor_id_lists [1-9]");
    }

    @Test
    void refuses_what_is_no_list() throws Exception {
        problem(send("POST", "/api/id-lists", TEXT, "1\n2\nalice\n4\n"), 400, "INVALID_ID", "line 3: 'alice'");
        problem(send("POST", "/api/id-lists", TEXT, "\n\n"), 400, "INVALID_ARGUMENT", "is empty");
        problem(send("POST", "/api/id-lists", BINARY, "1234567"), 400, "INVALID_ARGUMENT", "multiple of 8");
        problem(send("POST", "/api/id-lists", "application/json", "[1]"), 415, "UNSUPPORTED_MEDIA_TYPE", "");
        problem(
                send("POST", "/api/id-lists", TEXT, "x\n" + "1234567890123456789\n".repeat(500_000)),
                400,
                "INVALID_ID",
                "line 1");
        problem(get("/api/id-lists/" + UNKNOWN, "gw-1", "router"), 404, "ID_LIST_NOT_FOUND", UNKNOWN);
        problem(get("/api/id-lists", "gw-1", "router"), 403, "FORBIDDEN", "");
        problem(get("/api/id-lists?limit=0", "vera", "viewer"), 400, "INVALID_ARGUMENT", "limit");
        HttpResponse<String> viewer = HTTP.send(
                request("/api/id-lists", "vera", "viewer")
                        .header("Content-Type", TEXT)
                        .POST(BodyPublishers.ofString("1"))
                        .build(),
                BodyHandlers.ofString());
        problem(viewer, 403, "FORBIDDEN", "");
    }

    @Test
    void a_rule_refers_only_to_lists_that_are_there_and_long_inline_ids_become_one() throws Exception {
        long before = group().get("version").asLong();
        problem(strategy(reference(UNKNOWN, 3)), 404, "ID_LIST_NOT_FOUND", UNKNOWN);
        problem(
                send(
                        "POST",
                        "/api/groups/listed/upgrades",
                        "application/json",
                        upgrade(
                                "GRAYSCALE",
                                "B",
                                "2",
                                "[{\"name\":\"some\",\"rule\":{\"idLists\":[" + reference(UNKNOWN, 3) + "]}}]")),
                404,
                "ID_LIST_NOT_FOUND",
                UNKNOWN);
        String small = JSON.readTree(
                        send("POST", "/api/id-lists", TEXT, "5\n6\n7").body())
                .get("sha256")
                .asString();
        problem(strategy(reference(small, 4)), 400, "INVALID_ARGUMENT", "has 3 ids, not 4");
        problem(
                put("application/json", "", strategies("\"intervals\":[[9,1]],\"ids\":" + ids(1_001))),
                400,
                "INVALID_INTERVAL",
                "reversed");
        problem(
                put("application/json", "", strategies("\"ids\":[[1]]")),
                400,
                "INVALID_ARGUMENT",
                "strategies.A.id.ids");
        assertThat(group().get("version").asLong()).isEqualTo(before);

        // As they are, up to what a rule may carry; one more, and they are a list.
        assertThat(put("application/json", "", strategies("\"ids\":" + ids(1_000)))
                        .statusCode())
                .isEqualTo(200);
        JsonNode rule = table().at("/clusters/A/id");
        assertThat(rule.get("ids")).hasSize(1_000);
        assertThat(rule.has("idLists")).isFalse();
        String thousandAndOne = sha256(content(LongStream.rangeClosed(1, 1_001).toArray()));
        HttpResponse<String> long1 = put(
                "application/json",
                "",
                strategies("\"ids\":" + ids(1_001).replace("]", ",\"alice\"]") + ",\"idLists\":[" + reference(small, 3)
                        + "]"));
        assertThat(long1.statusCode()).as(long1.body()).isEqualTo(200);
        rule = table().at("/clusters/A/id");
        assertThat(rule.get("ids")).isEqualTo(JSON.readTree("[\"alice\"]"));
        assertThat(rule.get("idLists"))
                .isEqualTo(JSON.readTree("[" + reference(small, 3) + "," + reference(thousandAndOne, 1_001) + "]"));

        // In YAML, the same; what was read can be written back and changes nothing.
        String yaml = "route-strategy:\n  A:\n    status: G\n    id:\n      all: true\n      ids: " + ids(1_002) + "\n";
        assertThat(put(YAML, "?reason=yaml", yaml).statusCode()).isEqualTo(200);
        String shown = HTTP.send(
                        request("/api/groups/listed/route-strategy", "vera", "viewer")
                                .header("Accept", YAML)
                                .GET()
                                .build(),
                        BodyHandlers.ofString())
                .body();
        assertThat(shown).contains("ids: [1, 2, 3, ").doesNotContain("id-lists");
        assertThat(table().at("/clusters/A/id/idLists/0/sha256").asString())
                .isEqualTo(sha256(content(LongStream.rangeClosed(1, 1_002).toArray())));
        long version = group().get("version").asLong();
        assertThat(put(YAML, "?reason=same", shown).statusCode()).isEqualTo(200);
        assertThat(group().get("version").asLong()).isEqualTo(version);

        // A body far over the general bound.
        HttpResponse<String> large = put("application/json", "", strategies("\"ids\":" + ids(400_000)));
        assertThat(large.statusCode()).as(large.body()).isEqualTo(200);
        assertThat(table().at("/clusters/A/id/idLists/0/count").asInt()).isEqualTo(400_000);
        problem(
                put("application/json", "", strategies("\"ids\":" + ids(1_000_001))),
                400,
                "INVALID_ARGUMENT",
                "more than 1000000 ids and intervals");

        // A stage of an upgrade, up to the table that routers get.
        start("GRAYSCALE", "B", "2", "[{\"name\":\"many\",\"approval\":true,\"rule\":{\"ids\":" + ids(1_001) + "}}]");
        await().atMost(PATIENCE)
                .until(() -> table().at("/clusters/B/id/idLists/0/sha256")
                        .asString("")
                        .equals(thousandAndOne));
        JsonNode rebuild = JSON.readTree(
                get("/api/groups/listed/rebuild", "vera", "viewer").body());
        assertThat(rebuild.get("equalsLive").asBoolean()).as(rebuild.toString()).isTrue();
        assertThat(get("/api/groups/listed/history?limit=500", "vera", "viewer").body())
                .contains("\"idLists\":[" + reference(thousandAndOne, 1_001) + "]");
    }

    @Test
    void keeps_intervals_as_a_list_of_their_own_kind() throws Exception {
        HttpResponse<String> first = send("POST", "/api/id-lists?kind=intervals", TEXT, "20 30\n5,9\n31 40\n");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        byte[] content = content(5, 9, 20, 40);
        String sha256 = sha256(content);
        assertThat(first.body()).isEqualTo(intervals(sha256, 2));
        HttpResponse<byte[]> got = HTTP.send(
                request("/api/id-lists/" + sha256, "gw-1", "router").GET().build(), BodyHandlers.ofByteArray());
        assertThat(got.body()).isEqualTo(content);

        // As ids it is no list until somebody says so; then the content is there once, under one name.
        problem(strategy(reference(sha256, 4)), 404, "ID_LIST_NOT_FOUND", "of ids");
        problem(strategy(intervals(sha256, 3)), 400, "INVALID_ARGUMENT", "has 2 intervals, not 3");
        HttpResponse<String> asIds = send("POST", "/api/id-lists?kind=ids", TEXT, "5\n9\n20\n40\n");
        assertThat(asIds.statusCode()).isEqualTo(201);
        assertThat(asIds.body()).isEqualTo(reference(sha256, 4));
        assertThat(send("POST", "/api/id-lists?kind=intervals", TEXT, "5 9\n20 40")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<byte[]> again = HTTP.send(
                request("/api/id-lists/" + sha256, "gw-1", "router").GET().build(), BodyHandlers.ofByteArray());
        assertThat(again.body()).isEqualTo(content);
        JsonNode page =
                JSON.readTree(get("/api/id-lists?limit=500", "vera", "viewer").body());
        assertThat(page.get("lists")
                        .valueStream()
                        .filter(list -> list.get("sha256").asString().equals(sha256))
                        .map(list -> list.get("kind").asString() + " " + list.get("count")))
                .containsExactly("ids 4", "intervals 2");

        problem(
                send("POST", "/api/id-lists?kind=floats", TEXT, "1"),
                400,
                "INVALID_ARGUMENT",
                "kind is ids or intervals");
        problem(send("POST", "/api/id-lists?kind=intervals", TEXT, "1 2\n9 7"), 400, "INVALID_INTERVAL", "line 2");
        problem(
                send("POST", "/api/id-lists?kind=intervals", BINARY, "1234567812345678x"),
                400,
                "INVALID_ARGUMENT",
                "multiple of 16");
    }

    @Test
    void a_plan_of_three_stages_with_ten_thousand_intervals_each_is_small_and_routes_right() throws Exception {
        create("planned");
        start("planned", "INSTALL", "A", "1", "[]");
        await().atMost(PATIENCE).until(() -> !group("planned").has("upgrade"));
        String stages = IntStream.range(0, 3)
                .mapToObj(stage -> "{\"name\":\"stage " + stage + "\",\"approval\":true,\"rule\":{\"intervals\":"
                        + IntStream.range(0, 10_000)
                                .mapToObj(i -> "[" + (1_000 * i + 100 * stage) + ",\"" + (1_000 * i + 100 * stage + 49)
                                        + "\"]")
                                .collect(Collectors.joining(",", "[", "]"))
                        + "}}")
                .collect(Collectors.joining(",", "[", "]"));
        start("planned", "GRAYSCALE", "B", "2", stages);
        await().atMost(PATIENCE)
                .until(() -> table("planned")
                        .at("/clusters/B/id/idLists/0/kind")
                        .asString("")
                        .equals("intervals"));

        String table = get("/api/route-tables/planned", "gw-1", "router").body();
        CompiledTable compiled = CompiledTable.of(JSON.readValue(table, RouteTable.class), reference -> {
            try {
                return ListContent.of(
                        reference,
                        ByteBuffer.wrap(HTTP.send(
                                        request("/api/id-lists/" + reference.sha256(), "gw-1", "router")
                                                .GET()
                                                .build(),
                                        BodyHandlers.ofByteArray())
                                .body()));
            } catch (java.io.IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        for (long id : new long[] {0, 49, 50, 100, 149, 999, 5_000_049, 5_000_050, 9_999_000, 9_999_049, 10_000_000}) {
            Decision decision = compiled.decide(RequestId.of(Long.toString(id)), "web", (cluster, service) -> 1, 0);
            assertThat(((Decision.Routed) decision).cluster())
                    .as("%d", id)
                    .isEqualTo(id < 10_000_000 && id % 1_000 < 50 ? "B" : "A");
        }
        JsonNode history = JSON.readTree(
                get("/api/groups/planned/history?limit=500", "vera", "viewer").body());
        assertThat(history.toString()).contains("\"count\":10000,\"kind\":\"intervals\"");
        Integer largest = service.getBean(JdbcClient.class)
                .sql("select max(length(payload) + coalesce(length(metadata), 0)) from domain_event")
                .query(Integer.class)
                .single();
        assertThat(largest).isBetween(1, 256 * 1024);
        assertThat(JSON.readTree(get("/api/groups/planned/rebuild", "vera", "viewer")
                                .body())
                        .get("equalsLive")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void many_inline_intervals_become_one_list_in_json_and_in_yaml() throws Exception {
        create("inline");
        start("inline", "INSTALL", "A", "1", "[]");
        await().atMost(PATIENCE).until(() -> !group("inline").has("upgrade"));
        String pairs = IntStream.range(0, 200_000)
                .mapToObj(i -> "[" + 3 * i + "," + (3 * i + 1) + "]")
                .collect(Collectors.joining(",", "[", "]"));
        HttpResponse<String> json = send(
                "PUT", "/api/groups/inline/route-strategy", "application/json", strategies("\"intervals\":" + pairs));
        assertThat(json.statusCode()).as(json.body()).isEqualTo(200);
        JsonNode list = table("inline").at("/clusters/A/id/idLists/0");
        assertThat(list.get("count").asInt()).isEqualTo(200_000);
        long version = group("inline").get("version").asLong();
        HttpResponse<String> yaml = send(
                "PUT",
                "/api/groups/inline/route-strategy?reason=yaml",
                YAML,
                "route-strategy:\n  A:\n    status: G\n    id:\n      all: true\n      interval:" + pairs + "\n");
        assertThat(yaml.statusCode()).as(yaml.body()).isEqualTo(200);
        assertThat(group("inline").get("version").asLong()).isEqualTo(version);
        String shown = HTTP.send(
                        request("/api/groups/inline/route-strategy", "vera", "viewer")
                                .header("Accept", YAML)
                                .GET()
                                .build(),
                        BodyHandlers.ofString())
                .body();
        assertThat(shown)
                .contains("id-lists: [{sha256: \"" + list.get("sha256").asString()
                        + "\", count: 200000, kind: intervals}]");

        HttpResponse<String> other = send(
                "PUT",
                "/api/groups/inline/route-strategy",
                "application/json",
                strategies("\"ids\":[1]").replace("\"lists\"", "\"" + "x".repeat(3_000_000) + "\""));
        problem(other, 413, "PAYLOAD_TOO_LARGE", "beside the ids and intervals");
    }

    // ---- calls

    private static void create(String groupId) throws Exception {
        HttpResponse<String> created =
                send("POST", "/api/groups", "application/json", """
                {"groupId":"%s","application":"%s","environment":"test","clusters":["A","B"],
                 "entries":[{"host":"%s.example","pathPrefix":"/","service":"web"}]}""".formatted(groupId, groupId, groupId));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    }

    private static String intervals(String sha256, int count) {
        return "{\"sha256\":\"" + sha256 + "\",\"count\":" + count + ",\"kind\":\"intervals\"}";
    }

    private static String ids(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }

    private static String reference(String sha256, int count) {
        return "{\"sha256\":\"" + sha256 + "\",\"count\":" + count + "}";
    }

    private static String strategies(String members) {
        return "{\"strategies\":{\"A\":{\"status\":\"G\",\"id\":{\"all\":true," + members + "}}},\"reason\":\"lists\"}";
    }

    private static HttpResponse<String> strategy(String reference) throws Exception {
        return put("application/json", "", strategies("\"idLists\":[" + reference + "]"));
    }

    private static HttpResponse<String> put(String type, String query, String body) throws Exception {
        return send("PUT", "/api/groups/listed/route-strategy" + query, type, body);
    }

    private static String upgrade(String mode, String to, String version, String stages) {
        return """
                {"mode":"%s","to":"%s","manifest":%s,"stages":%s,"reason":"release %s"}""".formatted(mode, to, MANIFEST.formatted(version, "a".repeat(64)), stages, version);
    }

    private static void start(String mode, String to, String version, String stages) throws Exception {
        start("listed", mode, to, version, stages);
    }

    private static void start(String groupId, String mode, String to, String version, String stages) throws Exception {
        HttpResponse<String> begun = send(
                "POST", "/api/groups/" + groupId + "/upgrades", "application/json", upgrade(mode, to, version, stages));
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
    }

    private static JsonNode group() throws Exception {
        return group("listed");
    }

    private static JsonNode group(String groupId) throws Exception {
        return JSON.readTree(get("/api/groups/" + groupId, "vera", "viewer").body());
    }

    private static JsonNode table() throws Exception {
        return table("listed");
    }

    private static JsonNode table(String groupId) throws Exception {
        return JSON.readTree(
                get("/api/route-tables/" + groupId, "gw-1", "router").body());
    }

    private static HttpResponse<String> get(String path, String actor, String role) throws Exception {
        return HTTP.send(request(path, actor, role).GET().build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(String method, String path, String type, String body) throws Exception {
        return HTTP.send(
                request(path, "olga", "operator")
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path, String actor, String role) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(LONGEST_REQUEST)
                .header("Authorization", TOKENS.bearer(actor, role));
    }

    private static void problem(HttpResponse<String> answer, int status, String code, String detail) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("code").asString()).isEqualTo(code);
        assertThat(problem.get("detail").asString()).contains(detail);
    }

    private static byte[] content(long... ids) {
        long[] sorted = LongStream.of(ids).sorted().distinct().toArray();
        ByteBuffer bytes = ByteBuffer.allocate(8 * sorted.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(sorted);
        return bytes.array();
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
