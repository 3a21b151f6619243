package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import io.tricolor.routing.Cohort;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import io.tricolor.routing.SortedIntervals;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Java and Lua, asked the same at random. */
@Tag("engine")
class DifferentialTest {

    private static final int TABLES = 250;
    private static final int REQUESTS = 400;
    private static final int MUTANTS = 3_000;

    private static final List<String> NAMES = List.of("A", "B", "C", "D", "blue", "x-1", "E.2", "F_3");
    private static final List<String> ODD_IDS = List.of(
            "0",
            "-0",
            "+7",
            "007",
            "7",
            "-7",
            "1.0",
            "1e3",
            "9007199254740993",
            "9007199254740992",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            "99999999999999999999",
            "alice",
            "Alice",
            " alice\t",
            "Zo\u00eb",
            "\u7528\u6237",
            "\ud83d\ude00",
            "\u00a0x",
            "-",
            "--1",
            "",
            "   ",
            "x".repeat(256),
            "x".repeat(257),
            "\u00e9".repeat(128),
            "\u00e9".repeat(129));

    @TempDir
    private static Path directory;

    private static FakeStrategy strategy;
    private static FakeConsul consul;
    private static TestRouter router;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Map<IdList, ListContent> lists = new LinkedHashMap<>();
    private final List<Long> listed = new ArrayList<>();

    @BeforeAll
    static void start() {
        strategy = new FakeStrategy();
        consul = new FakeConsul();
        router = new TestRouter(strategy.url(), consul.url(), directory);
    }

    @AfterAll
    static void stop() {
        router.close();
        consul.close();
        strategy.close();
    }

    /** Lists of a few and of many ids and intervals, on the disk of the router. */
    @BeforeEach
    void makeLists() throws IOException, GeneralSecurityException {
        for (int size : List.of(1, 2, 3, 50, 2_000)) {
            TreeSet<Long> ids = new TreeSet<>();
            while (ids.size() < size) {
                ids.add(size > 50 ? random.nextInt(1_000_000) : randomNumber());
            }
            keep(IdList.Kind.IDS, List.copyOf(ids));
            makeIntervals(size);
        }
        keep(IdList.Kind.INTERVALS, List.of(Long.MIN_VALUE, -3L, 5L, 5L, 9L, Long.MAX_VALUE));
    }

    private void makeIntervals(int size) throws IOException, GeneralSecurityException {
        long[] starts = new long[size];
        long[] ends = new long[size];
        for (int i = 0; i < size; i++) {
            starts[i] = size > 50 ? random.nextInt(1_000_000) : randomNumber();
            ends[i] = Math.max(starts[i], starts[i] + random.nextInt(random.nextBoolean() ? 1 : 300));
        }
        int count = SortedIntervals.merge(starts, ends, size);
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(starts[i]);
            numbers.add(ends[i]);
        }
        keep(IdList.Kind.INTERVALS, numbers);
    }

    private void keep(IdList.Kind kind, List<Long> numbers) throws IOException, GeneralSecurityException {
        ByteBuffer content = ByteBuffer.allocate(numbers.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        numbers.forEach(content::putLong);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content.array()));
        IdList reference = new IdList(sha256, content.capacity() / kind.bytesEach(), kind);
        lists.put(reference, ListContent.of(reference, content.flip()));
        listed.addAll(numbers);
        Files.write(directory.resolve("state/lists").resolve(sha256), content.array());
    }

    @Test
    void decides_as_java_does() {
        System.out.println("seed of the decisions: " + seed);
        int decided = 0;
        Map<String, Integer> reasons = new TreeMap<>();
        Map<Cohort, Integer> cohorts = new EnumMap<>(Cohort.class);
        for (int t = 0; t < TABLES; t++) {
            RouteTable table = randomTable(t + 1);
            CompiledTable compiled = CompiledTable.of(table, reference -> Objects.requireNonNull(lists.get(reference)));
            ObjectNode question = Json.STRICT.createObjectNode();
            question.put("table", Json.STRICT.writeValueAsString(table));
            ArrayNode cases = question.putArray("cases");
            List<String> expected = new ArrayList<>();
            for (int r = 0; r < REQUESTS; r++) {
                String id = randomId(table);
                long entropy = random.nextInt(4) == 0 ? random.nextInt(8) - 4 : random.nextLong();
                String lane = random.nextInt(4) > 0 ? null : NAMES.get(random.nextInt(NAMES.size()));
                Map<String, Integer> counts = new TreeMap<>();
                for (String cluster : table.clusters().keySet()) {
                    if (random.nextInt(4) > 0) {
                        counts.put(cluster, random.nextInt(20) == 0 ? random.nextInt(150) : random.nextInt(4));
                    }
                }
                ObjectNode one = cases.addObject();
                one.put("id", id).put("entropy", Long.toString(entropy)).put("lane", lane);
                ObjectNode given = one.putObject("counts");
                counts.forEach(given::put);
                Decision decision = compiled.decide(
                        RequestId.of(id), "web", (cluster, service) -> counts.getOrDefault(cluster, 0), entropy, lane);
                expected.add(line(decision));
                reasons.merge(decision.reason().name(), 1, Integer::sum);
                if (decision instanceof Decision.Routed routed && routed.cohort() != null) {
                    cohorts.merge(routed.cohort(), 1, Integer::sum);
                }
            }
            List<String> answers =
                    router.post("/-test/decide", question.toString()).lines().toList();
            assertThat(answers).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(answers.get(i))
                        .as("seed %d, table %s, case %s", seed, question.path("table"), cases.get(i))
                        .isEqualTo(expected.get(i));
                decided++;
            }
        }
        assertThat(decided).isEqualTo(100_000);
        assertThat(cohorts).containsOnlyKeys(Cohort.values());
        assertThat(reasons.keySet())
                .contains(
                        "ALL",
                        "WHITELIST_ID",
                        "WHITELIST_INTERVAL",
                        "PERCENT",
                        "FALLBACK",
                        "LANE",
                        "NO_HEALTHY_CLUSTER");
    }

    /** As the router of the test answers. */
    private static String line(Decision decision) {
        Cohort cohort = decision instanceof Decision.Routed routed ? routed.cohort() : null;
        return (decision instanceof Decision.Routed routed ? routed.cluster() : "-") + " " + decision.reason() + " "
                + (cohort == null ? "-" : cohort.label());
    }

    @Test
    void finds_ids_in_ten_thousand_intervals_as_java_does() {
        System.out.println("seed of the intervals: " + seed);
        List<IdInterval> intervals = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            // Dense enough that many overlap, sparse enough that many ids are in none.
            long from = random.nextInt(20) == 0 ? randomNumber() : random.nextInt(1_000_000);
            intervals.add(new IdInterval(from, from > Long.MAX_VALUE - 100 ? from : from + random.nextInt(100)));
        }
        TreeMap<String, RouteStrategy> clusters = new TreeMap<>();
        clusters.put("A", RouteStrategy.green());
        clusters.put("B", RouteStrategy.yellow(new IdRule(false, List.of(), intervals, null)));
        RouteTable table = Tables.table(1, 1, clusters);
        CompiledTable compiled = CompiledTable.of(table);
        ObjectNode question = Json.STRICT.createObjectNode();
        question.put("table", Json.STRICT.writeValueAsString(table));
        ArrayNode cases = question.putArray("cases");
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            IdInterval near = intervals.get(random.nextInt(intervals.size()));
            String id =
                    Long.toString(random.nextBoolean() ? random.nextInt(1_000_000) : near.to() + random.nextInt(3) - 1);
            ObjectNode one = cases.addObject().put("id", id).put("entropy", "0").put("lane", (String) null);
            one.putObject("counts").put("A", 1).put("B", 1);
            Decision decision = compiled.decide(RequestId.of(id), "web", (cluster, service) -> 1, 0, null);
            expected.add(line(decision));
        }
        assertThat(expected).contains("A ALL -", "B WHITELIST_INTERVAL -");
        assertThat(router.post("/-test/decide", question.toString()).lines()).containsExactlyElementsOf(expected);
    }

    private RouteTable randomTable(long version) {
        TreeMap<String, RouteStrategy> clusters = new TreeMap<>();
        int count = 1 + random.nextInt(5);
        for (int c = 0; c < count; c++) {
            ClusterStatus status = ClusterStatus.values()[random.nextInt(3)];
            clusters.put(NAMES.get(random.nextInt(NAMES.size())), new RouteStrategy(status, randomRule(6)));
        }
        clusters.put(
                NAMES.get(random.nextInt(NAMES.size())),
                random.nextInt(4) == 0 ? RouteStrategy.yellow(IdRule.everybody()) : RouteStrategy.green());
        IdentitySource identity = random.nextInt(4) > 0
                ? IdentitySource.standard()
                : new IdentitySource(List.of("X-Id"), List.of(), List.of("id", "u"), List.of("sub"));
        return new RouteTable(
                random.nextBoolean() ? "shop" : "bank-2",
                random.nextInt(3),
                version,
                random.nextInt(4) == 0 ? Affinity.NONE : Affinity.ID,
                identity,
                List.of(new Entry(null, "/", "web")),
                clusters);
    }

    private IdRule randomRule(int many) {
        if (random.nextInt(4) == 0) {
            // Such a rule alone makes cohorts.
            return new IdRule(false, List.of(), List.of(), BigDecimal.valueOf(random.nextInt(6_001), 2));
        }
        List<String> ids = new ArrayList<>();
        List<IdInterval> intervals = new ArrayList<>();
        for (int i = random.nextInt(many); i > 0; i--) {
            RequestId id = RequestId.of(randomId(null));
            if (id != null) {
                ids.add(id.text());
            }
        }
        for (int i = random.nextInt(many); i > 0; i--) {
            long one = randomNumber();
            long other = random.nextBoolean() ? randomNumber() : one + random.nextInt(100);
            intervals.add(new IdInterval(Math.min(one, other), Math.max(one, other)));
        }
        BigDecimal percent = switch (random.nextInt(4)) {
            case 0 -> BigDecimal.valueOf(random.nextInt(10_001), 2);
            case 1 -> new BigDecimal(random.nextInt(101));
            default -> null;
        };
        List<IdList> idLists = random.nextInt(3) > 0
                ? List.of()
                : lists.keySet().stream().filter(list -> random.nextInt(3) == 0).toList();
        return new IdRule(random.nextInt(5) == 0, ids, intervals, percent, idLists);
    }

    private long randomNumber() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> 9007199254740992L + random.nextInt(5) - 2;
            case 2 -> random.nextBoolean() ? Long.MAX_VALUE - random.nextInt(3) : Long.MIN_VALUE + random.nextInt(3);
            default -> random.nextInt(2_000) - 1_000;
        };
    }

    private String randomId(RouteTable table) {
        switch (random.nextInt(6)) {
            case 0:
                return null;
            case 1:
                return ODD_IDS.get(random.nextInt(ODD_IDS.size()));
            case 2:
                if (random.nextBoolean()) {
                    return Long.toString(listed.get(random.nextInt(listed.size())) + random.nextInt(3) - 1);
                }
                if (table != null) {
                    List<IdRule> rules = table.clusters().values().stream()
                            .map(RouteStrategy::id)
                            .filter(rule ->
                                    !rule.ids().isEmpty() || !rule.intervals().isEmpty())
                            .toList();
                    if (!rules.isEmpty()) {
                        IdRule rule = rules.get(random.nextInt(rules.size()));
                        if (!rule.ids().isEmpty() && random.nextBoolean()
                                || rule.intervals().isEmpty()) {
                            return rule.ids().get(random.nextInt(rule.ids().size()));
                        }
                        IdInterval interval = rule.intervals()
                                .get(random.nextInt(rule.intervals().size()));
                        long end = random.nextBoolean() ? interval.from() : interval.to();
                        return Long.toString(end + random.nextInt(3) - 1);
                    }
                }
                return Long.toString(randomNumber());
            default:
                return Long.toString(randomNumber());
        }
    }

    @Test
    void refuses_what_java_refuses() {
        System.out.println("seed of the tables: " + seed);
        int refused = 0;
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < MUTANTS; i++) {
            ObjectNode table = (ObjectNode) Json.STRICT.readTree(Json.STRICT.writeValueAsString(randomTable(i + 1)));
            for (int m = random.nextInt(3); m > 0; m--) {
                mutate(table);
            }
            String text = table.toString();
            String java = "";
            try {
                RouteTable read = Json.STRICT.readValue(text, RouteTable.class);
                assertThat(read).isNotNull();
            } catch (JacksonException e) {
                java = e.getMessage();
            }
            String lua = router.post("/-test/read", text);
            refused += java.isEmpty() ? 0 : 1;
            if (java.isEmpty() != lua.isEmpty()) {
                differences.add(text + "\n  Java: " + java.lines().findFirst().orElse("accepts") + "\n  Lua: " + lua);
            }
        }
        assertThat(differences).as("seed %d", seed).isEmpty();
        assertThat(refused).isBetween(MUTANTS / 10, MUTANTS * 9 / 10);
    }

    /** Changes one place: takes a member away, adds one, or puts another value there. */
    private void mutate(ObjectNode root) {
        JsonNode at = root;
        while (true) {
            List<JsonNode> inside = at.isObject() || at.isArray()
                    ? at.valueStream()
                            .filter(node -> node.isContainer() && !node.isEmpty())
                            .toList()
                    : List.of();
            if (inside.isEmpty() || random.nextInt(3) == 0) {
                break;
            }
            at = inside.get(random.nextInt(inside.size()));
        }
        if (at instanceof ObjectNode object && !object.isEmpty()) {
            List<String> names =
                    object.properties().stream().map(Map.Entry::getKey).toList();
            String name = names.get(random.nextInt(names.size()));
            switch (random.nextInt(4)) {
                case 0 -> object.remove(name);
                case 1 -> object.set(random.nextInt(8) == 0 ? "unheard" : name, value(object.path(name)));
                case 2 -> object.putNull(name);
                default -> object.set(name, sameKind(object.path(name)));
            }
        } else if (at instanceof ArrayNode array && !array.isEmpty()) {
            int index = random.nextInt(array.size());
            switch (random.nextInt(4)) {
                case 0 -> array.remove(index);
                case 1 -> array.add(array.get(index));
                case 2 -> array.addNull();
                default -> array.set(index, sameKind(array.get(index)));
            }
        }
    }

    /**
     * Of another kind than is wanted there. Texts that Java's reader would take for numbers are left out: no writer
     * makes them.
     */
    private JsonNode value(JsonNode before) {
        List<JsonNode> kinds = List.of(
                Json.STRICT.createObjectNode(),
                Json.STRICT.createArrayNode(),
                Json.STRICT.getNodeFactory().stringNode("no such value"));
        JsonNode chosen = kinds.get(random.nextInt(before.isNumber() ? 2 : 3));
        return chosen.getNodeType() == before.getNodeType()
                ? Json.STRICT.createArrayNode().addObject()
                : chosen;
    }

    private JsonNode sameKind(JsonNode before) {
        var nodes = Json.STRICT.getNodeFactory();
        if (before.isString()) {
            List<String> texts = List.of(
                    "",
                    " ",
                    "x",
                    "X",
                    "-1",
                    "007",
                    "9223372036854775808",
                    "a/b",
                    "a b",
                    "/x/",
                    "/x?y",
                    "RED",
                    "ID",
                    "\u00e9",
                    "a".repeat(129),
                    "x".repeat(300));
            return nodes.stringNode(texts.get(random.nextInt(texts.size())));
        } else if (before.isNumber()) {
            List<BigDecimal> numbers = List.of(
                    BigDecimal.ZERO,
                    BigDecimal.ONE,
                    BigDecimal.ONE.negate(),
                    new BigDecimal("100"),
                    new BigDecimal("9223372036854775807"),
                    new BigDecimal("9223372036854775808"));
            return nodes.numberNode(numbers.get(random.nextInt(numbers.size())));
        } else if (before.isBoolean()) {
            return nodes.booleanNode(!before.asBoolean());
        }
        return before.isArray() ? nodes.arrayNode() : nodes.objectNode();
    }
}
