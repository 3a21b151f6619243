package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import io.tricolor.routing.Lanes;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The vectors of tricolor-routing, asked over HTTP of a started nginx. */
@Tag("engine")
class ConformanceTest {

    @TempDir
    private Path directory;

    private final FakeStrategy strategy = new FakeStrategy();
    private final FakeConsul consul = new FakeConsul();
    private final HttpClient client = HttpClient.newHttpClient();
    private TestRouter router;

    @BeforeEach
    void start() {
        consul.register("shop-web");
        strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
        // What one worker knows, all of its requests are routed by: no waiting for others.
        router = new TestRouter(
                strategy.url(),
                consul.url(),
                directory,
                "--tricolor.nginx.workers=1",
                "--tricolor.nginx.trust-lanes=true");
    }

    @AfterEach
    void stop() {
        router.close();
        client.close();
        consul.close();
        strategy.close();
    }

    static JsonNode read(String file) {
        try (InputStream in = RouteTable.class.getResourceAsStream("conformance/" + file)) {
            return Json.STRICT.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "decisions-handpicked.json",
                "decisions-generated.json",
                "decisions-lanes.json",
                "decisions-idlists.json"
            })
    void decides_as_the_vectors_say(String file) throws Exception {
        Map<String, FakeInstance> clusters = new TreeMap<>();
        for (String cluster : List.of("A", "B", "C", "D")) {
            clusters.put(cluster, new FakeInstance(cluster, cluster));
        }
        int asked = 0;
        try {
            long version = 1;
            JsonNode vectors = read(file);
            vectors.path("lists")
                    .properties()
                    .forEach(list -> strategy.idLists.put(list.getKey(), content(list.getValue())));
            for (JsonNode group : vectors.path("groups")) {
                ObjectNode table = (ObjectNode) group.path("table");
                table.put("epoch", 1).put("version", ++version);
                strategy.publish("shop", table.toString());
                String position = "1." + version;
                Await.until(
                        "table " + position,
                        () -> router.state()
                                .path("tables")
                                .path("shop")
                                .asString("")
                                .equals(position));
                for (JsonNode request : group.path("cases")) {
                    asked++;
                    decideByLua(table, request);
                    ask(clusters, request);
                }
            }
        } finally {
            clusters.values().forEach(FakeInstance::close);
        }
        assertThat(asked).isGreaterThan(100);
    }

    private static byte[] content(JsonNode ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ids.forEach(id -> bytes.putLong(Long.parseLong(id.asString())));
        return bytes.array();
    }

    @Test
    void draws_cohorts_as_the_vectors_say() {
        int asked = 0;
        for (JsonNode group : read("decisions-cohorts.json").path("groups")) {
            for (JsonNode request : group.path("cases")) {
                decideByLua(group.path("table"), request);
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(200);
    }

    @Test
    void refuses_lists_with_another_content() {
        int refused = 0;
        for (JsonNode wrong : read("decisions-idlists.json").path("wrongContents")) {
            ObjectNode question = Json.STRICT.createObjectNode();
            question.set("list", wrong.path("list"));
            question.set("content", wrong.path("content"));
            assertThat(router.post("/-test/verify", question.toString()))
                    .as(wrong.path("name").asString())
                    .startsWith("refused: ");
            refused++;
        }
        assertThat(refused).isGreaterThan(2);
    }

    /** The exact choice, with the entropy of the vector. */
    private void decideByLua(JsonNode table, JsonNode request) {
        ObjectNode question = Json.STRICT.createObjectNode();
        question.put("table", table.toString());
        ObjectNode one = question.putArray("cases").addObject();
        one.set("id", request.path("id"));
        one.set("lane", request.has("lane") ? request.path("lane") : Json.STRICT.nullNode());
        one.set("entropy", request.path("entropy"));
        ObjectNode counts = one.putObject("counts");
        healthy(request).forEach(counts::put);
        JsonNode expected = request.path("expect");
        // Vectors from before there were cohorts say nothing of them.
        assertThat(router.post("/-test/decide", question.toString()))
                .as(request.path("name").asString())
                .matches(Pattern.quote(expected.path("cluster").asString("-") + " "
                                + expected.path("reason").asString() + " ")
                        + (expected.has("cohort") ? expected.path("cohort").asString("-") : "\\S+"));
    }

    private static Map<String, Integer> healthy(JsonNode request) {
        String service = request.path("service").asString();
        Map<String, Integer> healthy = new TreeMap<>();
        request.path("healthy").properties().forEach(cluster -> {
            int count = cluster.getValue().path(service).asInt(0);
            if (count > 0) {
                healthy.put(cluster.getKey(), count);
            }
        });
        return healthy;
    }

    private void ask(Map<String, FakeInstance> clusters, JsonNode request) throws IOException, InterruptedException {
        String service = request.path("service").asString();
        Map<String, Integer> healthy = healthy(request);
        List<FakeConsul.Instance> instances = new ArrayList<>();
        healthy.forEach((cluster, count) -> {
            for (int i = 0; i < count; i++) {
                instances.add(new FakeConsul.Instance(
                        "shop",
                        service,
                        cluster,
                        cluster + i,
                        clusters.get(cluster).port()));
            }
        });
        consul.register("shop-" + service, instances.toArray(FakeConsul.Instance[]::new));
        Await.until("instances " + healthy, () -> healthy.equals(router.instances("shop", service)));

        String query = request.path("id").isNull()
                ? ""
                : "?userId=" + URLEncoder.encode(request.path("id").asString(), StandardCharsets.UTF_8);
        HttpRequest.Builder asked = HttpRequest.newBuilder(URI.create(router.url() + "/" + query));
        if (request.path("lane").isString()) {
            asked.header("X-Tricolor-Lane", "shop=" + request.path("lane").asString());
        }
        HttpResponse<String> response = client.send(asked.build(), HttpResponse.BodyHandlers.ofString());

        JsonNode expected = request.path("expect");
        String name = request.path("name").asString();
        if (expected.path("cluster").isNull()) {
            assertThat(response.statusCode()).as(name).isEqualTo(503);
            assertThat(response.headers().firstValue("X-Tricolor-Reason"))
                    .as(name)
                    .hasValue(expected.path("reason").asString());
        } else {
            // nginx draws its own random numbers; what an id decides has one possible cluster.
            List<String> possible = expected.path("possible")
                    .valueStream()
                    .map(JsonNode::asString)
                    .toList();
            String cluster =
                    response.headers().firstValue("X-Tricolor-Cluster").orElse("none, " + response.statusCode());
            assertThat(possible).as(name).contains(cluster);
            if (!request.path("id").isNull() && possible.size() == 1) {
                assertThat(cluster).as(name).isEqualTo(expected.path("cluster").asString());
            }
            assertThat(response.body()).as(name).isEqualTo(cluster + " GET 0");
        }
    }

    @Test
    void reads_lanes_as_the_vectors_say() {
        int read = 0;
        for (JsonNode one : read("lane-headers.json").path("cases")) {
            ObjectNode question = Json.STRICT.createObjectNode();
            question.set("header", one.path("header"));
            List<String> expected = one.path("lanes").properties().stream()
                    .map(lane -> lane.getKey() + "=" + lane.getValue().asString())
                    .toList();
            assertThat(router.post("/-test/lanes", question.toString()))
                    .as(one.path("name").asString())
                    .isEqualTo(String.join(",", expected));
            Lanes lanes = Lanes.parse(one.path("header").asString());
            question.put("group", "shop").put("cluster", "C");
            assertThat(router.post("/-test/lanes", question.toString()))
                    .as(one.path("name").asString())
                    .isEqualTo(lanes.with("shop", "C").header());
            read++;
        }
        assertThat(read).isGreaterThan(10);
    }

    @Test
    void refuses_what_has_to_be_refused() {
        int refused = 0;
        for (JsonNode one : read("tables-refused.json").path("cases")) {
            String name = one.path("name").asString();
            String code = one.path("code").asString();
            assertThat(router.post("/-test/read", one.path("table").toString()))
                    .as(name)
                    .startsWith(code + ": ");
            refused++;
        }
        assertThat(refused).isGreaterThan(30);
    }

    private static String tableWithIntervals(String intervals) {
        return """
                {"group":"shop","epoch":1,"version":1,"entries":[{"pathPrefix":"/","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}},
                             "B":{"status":"YELLOW","id":{"all":false,"intervals":%s}}}}
                """.formatted(intervals);
    }

    /** The usual notation is read by a way of its own, all others by the reader of JSON: both mean the same. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[\"1\",\"5\"]]",
                " [ [ \"1\" ,\t\"5\" ]\r\n] ",
                "[[1,5]]",
                "[[\"+1\",\"05\"]]",
                "[[\"\\u0031\",\"5\"]]",
                "[[\"4\",\"5\"],[\"1\",\"3\"]]",
                "[[\"2\",\"4\"],[\"1\",\"5\"],[\"3\",\"3\"]]",
                "[[\"9223372036854775807\",\"9223372036854775807\"],[\"1\",\"5\"],"
                        + "[\"-9223372036854775808\",\"-9223372036854775807\"]]"
            })
    void reads_intervals_in_any_notation(String intervals) {
        ObjectNode question = Json.STRICT.createObjectNode();
        question.put("table", tableWithIntervals(intervals));
        var cases = question.putArray("cases");
        for (String id : List.of("1", "5", "0", "6", "01", "x")) {
            ObjectNode one = cases.addObject().put("id", id).put("entropy", "0");
            one.set("lane", Json.STRICT.nullNode());
            one.putObject("counts").put("A", 1).put("B", 1);
        }
        assertThat(router.post("/-test/decide", question.toString()).lines())
                .containsExactly(
                        "B WHITELIST_INTERVAL -", "B WHITELIST_INTERVAL -", "A ALL -", "A ALL -", "A ALL -", "A ALL -");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[\"1\"]]",
                "[[\"1\",\"2\",\"3\"]]",
                "[[\"2\",\"1\"]]",
                "[[\"1\",\"9223372036854775808\"]]",
                "[[\"-9223372036854775809\",\"1\"]]",
                "[[\"1\",\"99999999999999999999\"]]",
                "[[\"1\",\"2\"],]",
                "[[\"1\",\"2\"]",
                "[[\"1\",\"2\"]x]",
                "[[\"1\",\"2\",]]",
                "[\"1\",\"2\"]",
                "[[\"1x\",\"2\"]]",
                "[[\"\",\"2\"]]",
                "[[\"-\",\"2\"]]",
                "[[\"1\" \"2\"]]",
                "[[\"1\",\"2\"][\"3\",\"4\"]]"
            })
    void refuses_broken_intervals(String intervals) {
        assertThat(router.post("/-test/read", tableWithIntervals(intervals))).startsWith("MALFORMED: ");
    }

    @Test
    void refuses_more_than_ten_thousand_intervals() {
        String intervals = IntStream.rangeClosed(0, 10_000)
                .mapToObj(i -> "[\"" + i + "\",\"" + i + "\"]")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(router.post("/-test/read", tableWithIntervals(intervals)))
                .isEqualTo("MALFORMED: clusters.B.id.intervals: at most 10000 intervals, not 10001");
    }

    @Test
    void hashes_as_the_vectors_say() {
        for (JsonNode one : read("hashes.json").path("cases")) {
            if (!one.path("text").asString().isEmpty()) {
                assertThat(router.post("/-test/hash", one.path("text").asString()))
                        .isEqualTo(one.path("hash").asString());
            }
        }
    }
}
