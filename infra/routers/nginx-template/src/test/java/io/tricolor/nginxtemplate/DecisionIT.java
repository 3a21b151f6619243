package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.EntryIndex;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the vectors do not ask: how an id travels, entries, headers, and the approximations. Of a real nginx. */
class DecisionIT {

    private static final List<String> STRINGS = List.of(
            "alice",
            "Alice",
            "BOB",
            "a b",
            "a+b",
            "a%40b",
            "a@b.example",
            "x=y",
            "x=x=x",
            "$dollar",
            "x$id",
            "quo\"te",
            "it's",
            "back\\slash",
            "ünï",
            "用户",
            "007",
            "-0",
            "+7",
            "9223372036854775808",
            "default",
            "include",
            "hostnames",
            "volatile",
            "~^.*",
            "*",
            "{a;b}",
            "#",
            "a&b",
            "1",
            "1=1",
            "0=",
            "a\tb",
            "ab ab",
            "n\nl",
            "/.*/",
            "x".repeat(250));

    @TempDir
    private Path directory;

    private final Map<String, Backend> instances = new TreeMap<>();
    private int port;

    @BeforeEach
    void startInstances() throws IOException {
        port = Ports.free();
        for (String cluster : List.of("A", "B", "C")) {
            instances.put(cluster, new Backend(cluster));
        }
    }

    @AfterEach
    void stopInstances() {
        instances.values().forEach(Backend::close);
    }

    private static RouteTable table(Affinity affinity, Map<String, RouteStrategy> clusters) {
        return new RouteTable(
                "shop",
                1,
                7,
                affinity,
                IdentitySource.standard(),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(clusters));
    }

    private static IdRule rule(Collection<String> ids, List<IdInterval> intervals, String percent) {
        return new IdRule(false, List.copyOf(ids), intervals, new BigDecimal(percent));
    }

    private RunningNginx nginx(Set<Approximation> allowed, int[] counts, RouteTable... tables) throws Exception {
        Map<ServiceKey, SortedMap<String, List<Instance>>> endpoints = new HashMap<>();
        List<Expressible> expressible = new ArrayList<>();
        for (RouteTable table : tables) {
            RouteTable read = TableReader.read(Json.STRICT.writeValueAsString(table));
            expressible.add(Expressible.of(read, allowed, 100_000, IdListContents.NONE));
            for (Entry entry : table.entries()) {
                SortedMap<String, List<Instance>> byCluster = new TreeMap<>();
                for (String cluster : instances.keySet()) {
                    int count = counts[cluster.charAt(0) - 'A'];
                    byCluster.put(
                            cluster,
                            IntStream.range(0, count)
                                    .mapToObj(i -> instances.get(cluster).as(cluster + i))
                                    .toList());
                }
                endpoints.put(new ServiceKey(table.group(), entry.service()), byCluster);
            }
        }
        Release release = Release.of(accepted(expressible), new Endpoints(endpoints), RunningNginx.listen(port));
        return RunningNginx.of(new OutputDirectory(directory), release, port);
    }

    /** What these tests render does not tell of which documents it was made. */
    static List<Renderer.Accepted> accepted(List<Expressible> tables) {
        return tables.stream()
                .map(table -> new Renderer.Accepted(table, TableIdentity.NONE))
                .toList();
    }

    private static String expected(CompiledTable table, String id) {
        return switch (table.decide(RequestId.of(id), "web", (cluster, service) -> 1, 0)) {
            case Decision.Routed routed -> routed.cluster();
            case Decision.Unrouted unrouted -> "none";
        };
    }

    /** Near misses of an id, and the id. */
    private static Set<String> around(String id) {
        Set<String> around = new HashSet<>(List.of(
                id,
                id.toUpperCase(Locale.ROOT),
                id.toLowerCase(Locale.ROOT),
                id + "x",
                "1" + id,
                " " + id + "  ",
                id + "=" + id,
                id + " " + id,
                "2=" + id,
                "0" + id,
                "%20" + id,
                URLEncoder.encode(id, StandardCharsets.UTF_8)));
        around.removeIf(text -> text.isBlank());
        return around;
    }

    @Test
    void takes_exactly_the_listed_strings_from_header_cookie_and_query() throws Exception {
        List<String> some = STRINGS.subList(0, 30);
        List<String> others = STRINGS.subList(30, STRINGS.size());
        RouteTable table = table(
                Affinity.ID,
                Map.of(
                        "A", RouteStrategy.green(),
                        "B", RouteStrategy.yellow(rule(some, List.of(new IdInterval(-5, 300)), "0")),
                        "C", RouteStrategy.yellow(rule(others, List.of(), "0"))));
        CompiledTable reference = CompiledTable.of(table);
        int asked = 0;
        try (RunningNginx nginx = nginx(Set.of(), new int[] {1, 1, 1}, table)) {
            for (String listed : STRINGS) {
                for (String id : around(listed)) {
                    String cluster = expected(reference, id);
                    assertThat(fromQuery(nginx, id, false)).as("query %s", id).isEqualTo(cluster);
                    assertThat(fromQuery(nginx, id, true))
                            .as("escaped query %s", id)
                            .isEqualTo(cluster);
                    asked += 2;
                    if (id.indexOf('\n') < 0) {
                        assertThat(RawHttp.get(nginx.port, "/", List.of("X-User-Id: " + id))
                                        .cluster())
                                .as("header %s", id)
                                .isEqualTo(cluster);
                        asked++;
                    }
                    if (id.indexOf(';') < 0 && id.indexOf('\n') < 0) {
                        assertThat(RawHttp.get(nginx.port, "/", List.of("Cookie: x=1;userId=" + id + "; y=2"))
                                        .cluster())
                                .as("cookie %s", id)
                                .isEqualTo(cluster);
                        asked++;
                    }
                }
            }
        }
        assertThat(asked).isGreaterThan(1_000);
    }

    private static String fromQuery(RunningNginx nginx, String id, boolean escapeAll) throws IOException {
        String value = URLEncoder.encode(id, StandardCharsets.UTF_8);
        if (escapeAll) {
            StringBuilder escaped = new StringBuilder();
            for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
                escaped.append(String.format(Locale.ROOT, escaped.length() % 2 == 0 ? "%%%02x" : "%%%02X", b & 0xff));
            }
            value = escaped.toString();
        }
        return RawHttp.get(nginx.port, "/?a=userId&userId=" + value + "&b", List.of())
                .cluster();
    }

    @Test
    void takes_exactly_the_numbers_of_a_thousand_intervals_and_ten_thousand_ids() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<IdInterval> intervals = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            long from = random.nextLong() >> random.nextInt(64);
            long width = (random.nextLong() >>> 2) >> (20 + random.nextInt(43));
            intervals.add(new IdInterval(from, from + width < from ? from : from + width));
        }
        long[] ids = LongStream.range(0, 10_000)
                .map(i -> random.nextLong() >> random.nextInt(64))
                .distinct()
                .sorted()
                .toArray();
        RouteTable table = table(
                Affinity.ID,
                Map.of(
                        "A", RouteStrategy.green(),
                        "B", RouteStrategy.yellow(rule(List.of(), intervals, "0"))));
        IdRanges listed = IdRanges.of(rule(List.of(), intervals, "0"), List.of(IdListContents.content(ids)));
        Expressible expressible = new Expressible(
                table, new TreeMap<>(Map.of("A", IdRanges.of(IdRule.everybody(), List.of()), "B", listed)));
        Endpoints endpoints = new Endpoints(Map.of(
                new ServiceKey("shop", "web"),
                new TreeMap<>(Map.of(
                        "A", List.of(instances.get("A").as("a")),
                        "B", List.of(instances.get("B").as("b"))))));
        Release release = Release.of(accepted(List.of(expressible)), endpoints, RunningNginx.listen(port));
        try (RunningNginx nginx = RunningNginx.of(new OutputDirectory(directory), release, port)) {
            Set<Long> known = new HashSet<>(LongStream.of(ids).boxed().toList());
            for (int i = 0; i < 300; i++) {
                IdInterval interval = intervals.get(random.nextInt(intervals.size()));
                long id = ids[random.nextInt(ids.length)];
                for (long number :
                        new long[] {interval.from() - 1, interval.from(), interval.to(), interval.to() + 1, id}) {
                    boolean in = known.contains(number) || intervals.stream().anyMatch(some -> some.contains(number));
                    assertThat(RawHttp.get(nginx.port, "/", List.of("X-User-Id: " + number))
                                    .cluster())
                            .as("seed %d: %d", seed, number)
                            .isEqualTo(in ? "B" : "A");
                }
            }
        }
    }

    @Test
    void the_first_source_that_is_present_and_not_blank_decides() throws Exception {
        RouteTable table = new RouteTable(
                "shop",
                1,
                7,
                Affinity.ID,
                new IdentitySource(
                        List.of("X-User-Id", "X-Other"), List.of("user-Id", "second"), List.of("user[id]", "q")),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(Map.of(
                        "A", RouteStrategy.green(),
                        "B", RouteStrategy.yellow(rule(List.of("1", "bob"), List.of(), "0")))));
        try (RunningNginx nginx = nginx(Set.of(), new int[] {1, 1, 1}, table)) {
            expect(nginx, "B", "/", "x-USER-id: 1");
            expect(nginx, "A", "/", "X-User-Id: 2", "X-Other: 1");
            expect(nginx, "B", "/", "X-User-Id: \t ", "X-Other: 1");
            expect(nginx, "A", "/", "X-User-Id: " + "9".repeat(257), "X-Other: 1");
            expect(nginx, "A", "/?q=1", "Cookie: user-Id=2");
            expect(nginx, "B", "/", "Cookie: x=user-Id=2; user-Id=1; user-Id=2");
            expect(nginx, "A", "/", "Cookie: USER-ID=1; xuser-Id=1");
            expect(nginx, "B", "/", "Cookie: user-Id= ; second=1");
            expect(nginx, "B", "/", "Cookie: a=b", "Cookie: second=1");
            expect(nginx, "B", "/?user[id]=1&q=2");
            expect(nginx, "B", "/?user%5Bid%5d=%31");
            expect(nginx, "A", "/?USER[ID]=1&Q=1");
            expect(nginx, "A", "/?user[id]x=1&xq=1&user[id=1");
            expect(nginx, "B", "/?user[id]=+%20&q=1");
            expect(nginx, "B", "/?user[id]&q=1");
            expect(nginx, "A", "/?q=2&q=1");
            expect(nginx, "A", "/?q&q=1");
            expect(nginx, "B", "/?q=+%20bob+");
            expect(nginx, "A", "/?q=" + "+".repeat(3_000) + "x" + "+".repeat(3_000) + "y");
            expect(nginx, "B", "/?q=" + "+".repeat(3_000) + "1" + "+".repeat(3_000));
        }
    }

    @Test
    void a_hundred_percent_is_everybody_who_has_an_id() throws Exception {
        RouteTable table = table(
                Affinity.ID,
                Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(rule(List.of(), List.of(), "100"))));
        try (RunningNginx nginx = nginx(Set.of(), new int[] {1, 1, 1}, table)) {
            expect(nginx, "B", "/", "X-User-Id: x");
            expect(nginx, "B", "/?userId=%e7%94%a8" + "%e7%94%a8".repeat(84));
            expect(nginx, "A", "/");
            expect(nginx, "A", "/?userId=+");
            expect(nginx, "B", "/", "X-User-Id: " + "x".repeat(256));
            expect(nginx, "A", "/", "X-User-Id: " + "x".repeat(257));
            expect(nginx, "A", "/?userId=%e7%94%a8" + "%e7%94%a8".repeat(85));
        }
    }

    private static void expect(RunningNginx nginx, String cluster, String target, String... headerLines)
            throws IOException {
        RawHttp.Answer answer = RawHttp.get(nginx.port, target, List.of(headerLines));
        assertThat(answer.cluster()).as("%s %s", target, List.of(headerLines)).isEqualTo(cluster);
        assertThat(answer.body()).isEqualTo(cluster);
    }

    @Test
    void entries_are_found_as_the_index_finds_them() throws Exception {
        RouteTable one = entries(
                "a-one",
                new Entry(null, "/", "web"),
                new Entry("shop.example", "/api/", "api"),
                new Entry("[::1]", "/", "six"),
                new Entry(null, "/a.b$c\"d{2}", "odd"),
                new Entry("shop.example", "/x", "x"));
        RouteTable two = entries(
                "b-two",
                new Entry(null, "/api", "api"),
                new Entry(null, "/api/v2", "v2"),
                new Entry("shop.example", "/api", "mine"),
                new Entry("other.example", "/deep/er", "deep"));
        EntryIndex index = EntryIndex.of(List.of(one, two));
        List<String> paths = List.of(
                "/",
                "/api",
                "/api/",
                "/apix",
                "/api/v2",
                "/api/v2/x",
                "/api/v22",
                "//api",
                "/api//v2",
                "/API",
                "/%61pi",
                "/x/y",
                "/a.b$c\"d{2}/e",
                "/aXb$c\"d{2}",
                "/deep",
                "/deep/er/x",
                "/deep/err",
                "/api?x=/api/v2",
                "/x%2Fy");
        int found = 0;
        try (RunningNginx nginx = nginx(Set.of(), new int[] {1, 0, 0}, one, two)) {
            for (String host : List.of(
                    "any.example", "shop.example", "SHOP.example:8080", "shop.example.", "[::1]:80", "other.example")) {
                for (String path : paths) {
                    EntryIndex.Target target = index.find(host, path.replaceFirst("\\?.*", ""));
                    instances.get("A").headers.clear();
                    RawHttp.Answer answer = RawHttp.get(nginx.port, path, List.of("Host: " + host));
                    if (target == null) {
                        assertThat(answer.status()).as(host + path).isEqualTo(404);
                        assertThat(answer.reason()).isEqualTo("ENTRY_NOT_FOUND");
                    } else if (path.startsWith("//") || path.contains("{")) {
                        // The server behind takes this for no path.
                        assertThat(answer.cluster()).as(host + path).isEqualTo("A");
                    } else {
                        found++;
                        assertThat(answer.status()).as(host + path).isEqualTo(200);
                        assertThat(instances.get("A").headers.getFirst().get("X-tricolor-group"))
                                .as(host + path)
                                .containsExactly(target.group());
                    }
                }
            }
        }
        assertThat(found).isGreaterThan(80);
    }

    private static RouteTable entries(String group, Entry... entries) {
        return new RouteTable(
                group,
                1,
                1,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(entries),
                new TreeMap<>(Map.of("A", RouteStrategy.green())));
    }

    @Test
    void sets_its_own_headers_and_drops_those_of_others() throws Exception {
        RouteTable table = table(Affinity.ID, Map.of("A", RouteStrategy.green()));
        try (RunningNginx nginx = nginx(Set.of(), new int[] {1, 0, 0}, table)) {
            instances.get("A").headers.clear();
            instances.get("A").targets.clear();
            RawHttp.Answer answer = RawHttp.get(
                    nginx.port,
                    "/a%2Fb/../c//d?e=%20f",
                    List.of(
                            "Host: shop.example:81",
                            "X-Tricolor-Cluster: Z",
                            "X-Tricolor-Group: Z",
                            "X-Tricolor-Table: Z",
                            "X-Tricolor-Reason: Z",
                            "X-Tricolor-Lane: shop=Z",
                            "X-Forwarded-For: 6.6.6.6"));
            assertThat(answer.headers())
                    .containsEntry("x-tricolor-cluster", "A")
                    .doesNotContainKey("x-tricolor-reason");
            assertThat(instances.get("A").targets).containsExactly("/a%2Fb/../c//d?e=%20f");
            assertThat(instances.get("A").headers.getFirst())
                    .containsEntry("X-tricolor-cluster", List.of("A"))
                    .containsEntry("X-tricolor-group", List.of("shop"))
                    .containsEntry("X-tricolor-table", List.of("1.7"))
                    .containsEntry("X-tricolor-lane", List.of("shop=A"))
                    .containsEntry("X-forwarded-for", List.of("127.0.0.1"))
                    .containsEntry("Host", List.of("shop.example:81"))
                    .doesNotContainKey("X-tricolor-reason");
        }
    }

    @Test
    void one_of_several_is_chosen_by_weight_and_an_id_keeps_its_own_where_that_is_allowed() throws Exception {
        RouteTable none = table(Affinity.NONE, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.green()));
        try (RunningNginx nginx = nginx(Set.of(), new int[] {3, 1, 0}, none)) {
            assertThat(shareOfB(nginx, i -> "1")).isBetween(0.15, 0.35);
        }
        port = Ports.free();
        RouteTable id = table(Affinity.ID, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.green()));
        try (RunningNginx nginx = nginx(Set.of(Approximation.AFFINITY), new int[] {3, 1, 0}, id)) {
            assertThat(shareOfB(nginx, i -> "1")).isIn(0.0, 1.0);
            assertThat(shareOfB(nginx, Integer::toString)).isBetween(0.15, 0.35);
            assertThat(shareOfB(nginx, i -> " ")).isBetween(0.15, 0.35);
        }
    }

    private static double shareOfB(RunningNginx nginx, java.util.function.IntFunction<String> id) throws IOException {
        int requests = 400;
        int toB = 0;
        for (int i = 0; i < requests; i++) {
            if (RawHttp.get(nginx.port, "/", List.of("X-User-Id: " + id.apply(i)))
                    .cluster()
                    .equals("B")) {
                toB++;
            }
        }
        return (double) toB / requests;
    }

    @Test
    void an_approximated_percent_takes_its_share_and_never_moves_a_user_back() throws Exception {
        Set<Integer> before = new HashSet<>();
        for (int percent : new int[] {10, 30}) {
            port = Ports.free();
            RouteTable table = table(
                    Affinity.ID,
                    Map.of(
                            "A", RouteStrategy.green(),
                            "B", RouteStrategy.yellow(rule(List.of("1"), List.of(), Integer.toString(percent)))));
            Set<Integer> taken = new HashSet<>();
            try (RunningNginx nginx = nginx(Set.of(Approximation.PERCENT), new int[] {1, 1, 0}, table)) {
                for (int i = 0; i < 500; i++) {
                    if (RawHttp.get(nginx.port, "/", List.of("X-User-Id: " + i))
                            .cluster()
                            .equals("B")) {
                        taken.add(i);
                    }
                }
                expect(nginx, "A", "/");
            }
            assertThat(taken)
                    .hasSizeBetween(percent * 3, percent * 7)
                    .contains(1)
                    .containsAll(before);
            before = taken;
        }
    }
}
