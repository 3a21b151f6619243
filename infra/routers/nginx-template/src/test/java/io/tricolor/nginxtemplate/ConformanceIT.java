package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdList;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The vectors of tricolor-routing, asked over HTTP of a real nginx. Each pair of table and healthy instances becomes a
 * group with a host of its own, so that one configuration holds them all.
 */
class ConformanceIT {

    @TempDir
    private Path directory;

    private record Situation(JsonNode table, JsonNode healthy) {}

    private record Question(String host, JsonNode request) {}

    private static JsonNode read(String file) {
        try (InputStream in = RouteTable.class.getResourceAsStream("conformance/" + file)) {
            return Json.STRICT.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "decisions-handpicked.json, HANDPICKED",
        "decisions-generated.json, GENERATED",
        "decisions-idlists.json, ID_LISTS"
    })
    void decides_as_the_vectors_say(String file, Expected expected) throws Exception {
        Map<String, Backend> clusters = new TreeMap<>();
        Map<Situation, String> hosts = new HashMap<>();
        List<Expressible> tables = new ArrayList<>();
        Map<ServiceKey, SortedMap<String, List<Instance>>> endpoints = new HashMap<>();
        List<Question> questions = new ArrayList<>();
        Map<String, Integer> refused = new TreeMap<>();
        int port = Ports.free();
        try {
            JsonNode vectors = read(file);
            IdListSource lists = lists(vectors);
            for (JsonNode group : vectors.path("groups")) {
                for (JsonNode request : group.path("cases")) {
                    String host = hosts.get(new Situation(group.path("table"), request.path("healthy")));
                    if (host == null) {
                        String name = "g" + hosts.size();
                        host = name + ".example";
                        String service = request.path("service").asString();
                        RouteTable table = TableReader.read(
                                onHost(group.path("table"), name, host, service).toString());
                        try {
                            tables.add(Expressible.of(table, Set.of(), 10_000, lists));
                            endpoints.put(new ServiceKey(name, service), instances(clusters, request, service));
                        } catch (Refused e) {
                            host = e.reason().name();
                        }
                        hosts.put(new Situation(group.path("table"), request.path("healthy")), host);
                    }
                    if (host.endsWith(".example")) {
                        questions.add(new Question(host, request));
                    } else {
                        refused.merge(host, 1, Integer::sum);
                    }
                }
            }
            tables.sort((a, b) -> a.table().group().compareTo(b.table().group()));
            OutputDirectory output = new OutputDirectory(directory);
            Release release =
                    Release.of(DecisionIT.accepted(tables), new Endpoints(endpoints), RunningNginx.listen(port));
            try (RunningNginx nginx = RunningNginx.of(output, release, port)) {
                for (Question question : questions) {
                    ask(nginx, question);
                }
            }
        } finally {
            clusters.values().forEach(Backend::close);
        }
        assertThat(questions).hasSize(expected.asked);
        assertThat(refused).isEqualTo(expected.refused);
    }

    /** How many vectors can be asked, and why others cannot: the figures of docs/router-stock-nginx.md. */
    enum Expected {
        HANDPICKED(97, Map.of("AFFINITY", 29, "PERCENT", 19)),
        GENERATED(225, Map.of("AFFINITY", 90, "PERCENT", 85)),
        ID_LISTS(348, Map.of("AFFINITY", 13));

        private final int asked;
        private final Map<String, Integer> refused;

        Expected(int asked, Map<String, Integer> refused) {
            this.asked = asked;
            this.refused = new TreeMap<>(refused);
        }
    }

    private static IdListSource lists(JsonNode vectors) {
        return IdListContents.of(vectors.path("lists")
                .valueStream()
                .map(ids -> IdListContents.bytes(ids.valueStream()
                        .mapToLong(id -> Long.parseLong(id.asString()))
                        .toArray()))
                .toArray(byte[][]::new));
    }

    private static ObjectNode onHost(JsonNode table, String name, String host, String service) {
        ObjectNode renamed = (ObjectNode) table.deepCopy();
        renamed.put("group", name);
        renamed.set("entries", Json.STRICT.valueToTree(List.of(new Entry(host, "/", service))));
        return renamed;
    }

    private static SortedMap<String, List<Instance>> instances(
            Map<String, Backend> clusters, JsonNode request, String service) throws IOException {
        SortedMap<String, List<Instance>> instances = new TreeMap<>();
        for (Map.Entry<String, JsonNode> cluster : request.path("healthy").properties()) {
            if (!clusters.containsKey(cluster.getKey())) {
                clusters.put(cluster.getKey(), new Backend(cluster.getKey()));
            }
            List<Instance> list = new ArrayList<>();
            for (int i = 0; i < cluster.getValue().path(service).asInt(0); i++) {
                list.add(clusters.get(cluster.getKey()).as(cluster.getKey() + i));
            }
            instances.put(cluster.getKey(), list);
        }
        return instances;
    }

    private static void ask(RunningNginx nginx, Question question) throws IOException {
        String id = question.request().path("id").isNull()
                ? null
                : question.request().path("id").asString();
        Map<String, RawHttp.Answer> answers = new LinkedHashMap<>();
        String host = "Host: " + question.host();
        answers.put("query", RawHttp.get(nginx.port, query(id), List.of(host)));
        if (id == null) {
            answers.put("blank header", RawHttp.get(nginx.port, "/", List.of(host, "X-User-Id:  ")));
        } else if (id.chars().noneMatch(c -> c < ' ' || c == 0x7f)) {
            answers.put("header", RawHttp.get(nginx.port, "/", List.of(host, "X-User-Id: " + id)));
            if (id.indexOf(';') < 0) {
                answers.put("cookie", RawHttp.get(nginx.port, "/", List.of(host, "Cookie: a=b; userId=" + id)));
            }
        }
        answers.forEach((source, answer) -> check(question.request(), source, answer));
    }

    private static String query(@Nullable String id) {
        return id == null ? "/" : "/?userId=" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    private static void check(JsonNode request, String source, RawHttp.Answer answer) {
        JsonNode expected = request.path("expect");
        String name = request.path("name").asString() + ", id from " + source;
        if (expected.path("cluster").isNull()) {
            assertThat(answer.status()).as(name).isEqualTo(503);
            assertThat(answer.reason())
                    .as(name)
                    .isEqualTo(expected.path("reason").asString());
            return;
        }
        List<String> possible =
                expected.path("possible").valueStream().map(JsonNode::asString).toList();
        assertThat(answer.status()).as(name).isEqualTo(200);
        if (possible.size() == 1) {
            assertThat(answer.cluster())
                    .as(name)
                    .isEqualTo(expected.path("cluster").asString());
        } else {
            // The random source of nginx cannot be set.
            assertThat(possible).as(name).contains(answer.cluster());
        }
        assertThat(answer.body()).as(name).isEqualTo(answer.cluster());
    }

    @TestFactory
    Stream<DynamicTest> refuses_what_has_to_be_refused() {
        return read("tables-refused.json")
                .path("cases")
                .valueStream()
                .map(refused -> DynamicTest.dynamicTest(
                        refused.path("name").asString(),
                        () -> assertThatThrownBy(() ->
                                        TableReader.read(refused.path("table").toString()))
                                .isInstanceOf(Refused.class)));
    }

    @TestFactory
    Stream<DynamicTest> refuses_a_list_of_ids_with_another_content() {
        return read("decisions-idlists.json")
                .path("wrongContents")
                .valueStream()
                .map(wrong -> DynamicTest.dynamicTest(wrong.path("name").asString(), () -> {
                    IdList list = Json.STRICT.treeToValue(wrong.path("list"), IdList.class);
                    Files.write(
                            directory.resolve(list.sha256()),
                            HexFormat.of().parseHex(wrong.path("content").asString()));
                    assertThatThrownBy(() -> new IdListStore(directory, null).load(list))
                            .isInstanceOfSatisfying(
                                    Refused.class,
                                    refused -> assertThat(refused.reason()).isEqualTo(Refused.Reason.ID_LIST));
                }));
    }
}
