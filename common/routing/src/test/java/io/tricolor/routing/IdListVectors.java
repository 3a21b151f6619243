package io.tricolor.routing;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.ConformanceVectors.Case;
import io.tricolor.routing.ConformanceVectors.Expected;
import io.tricolor.routing.ConformanceVectors.Group;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes {@code decisions-idlists.json}. Expectations come from {@link NaiveRouter}, to which the ids are given inline. */
final class IdListVectors {

    private static final long PRECISE = 9_007_199_254_740_992L;

    private final SortedMap<String, List<String>> lists = new TreeMap<>();
    private final List<Group> groups = new ArrayList<>();
    private final List<WrongContent> wrong = new ArrayList<>();
    private final Random random = new Random(20_251_125);

    private IdListVectors() {}

    /**
     * The file.
     *
     * @param lists ids by the sha256 of the list, in order
     * @param wrongContents what a router must refuse as the content of a list
     */
    record ListDecisions(
            int format, SortedMap<String, List<String>> lists, List<Group> groups, List<WrongContent> wrongContents) {}

    /**
     * Content that is not what the reference names.
     *
     * @param content in hex
     */
    record WrongContent(String name, IdList list, String content) {}

    static ByteBuffer content(long... ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long id : ids) {
            bytes.putLong(id);
        }
        return bytes.flip();
    }

    static IdList reference(ByteBuffer content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content.duplicate());
            return new IdList(HexFormat.of().formatHex(digest.digest()), content.remaining() / Long.BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(ByteBuffer content) {
        return HexFormat.of().formatHex(content.array(), 0, content.limit());
    }

    static ListDecisions all() {
        IdListVectors vectors = new IdListVectors();
        vectors.decisions();
        vectors.wrongContents();
        return new ListDecisions(1, vectors.lists, vectors.groups, vectors.wrong);
    }

    private IdList list(long... ids) {
        long[] sorted = LongStream.of(ids).sorted().distinct().toArray();
        IdList reference = reference(content(sorted));
        lists.put(
                reference.sha256(),
                LongStream.of(sorted).mapToObj(Long::toString).toList());
        return reference;
    }

    private void decisions() {
        IdList corners = list(
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1,
                -PRECISE - 1,
                -7,
                -1,
                0,
                42,
                PRECISE + 1,
                Long.MAX_VALUE - 1,
                Long.MAX_VALUE);
        String[] asked = {
            "-9223372036854775808",
            "-9223372036854775807",
            "-9223372036854775806",
            "-9007199254740993",
            "-9007199254740992",
            "-9007199254740994",
            "-7",
            "-8",
            "-1",
            "0",
            "-0",
            "1",
            "42",
            "042",
            "+42",
            "42.0",
            " 42 ",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "9007199254740994",
            "9223372036854775805",
            "9223372036854775806",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775809",
            "alice",
            null
        };
        ask("corners", yellow(new IdRule(false, List.of(), List.of(), null, List.of(corners))), asked);

        IdList one = list(5);
        IdList few = list(1, 2, 3, 100);
        IdList many = list(LongStream.range(0, 300).map(i -> i * 1_000_003).toArray());
        ask(
                "a list of one",
                yellow(new IdRule(false, List.of(), List.of(), null, List.of(one))),
                "4",
                "5",
                "6",
                "-5",
                null);
        ask(
                "several lists, and ids beside them",
                yellow(new IdRule(false, List.of("7", "alice"), List.of(), null, List.of(one, few, many))),
                "5",
                "100",
                "99",
                "7",
                "alice",
                "Alice",
                "0",
                "1000003",
                "1000004",
                "299000897",
                "300000900");
        ask(
                "a list goes before an interval and an interval before percent",
                yellow(new IdRule(
                        false, List.of(), List.of(new IdInterval(2, 6)), new BigDecimal("100"), List.of(few))),
                "1",
                "2",
                "4",
                "6",
                "100",
                "7",
                "alice",
                null);
        ask(
                "all goes before a list",
                yellow(new IdRule(true, List.of(), List.of(), null, List.of(few))),
                "1",
                "9",
                null);
        ask(
                "a list of a RED cluster is without effect",
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        new RouteStrategy(
                                io.tricolor.contracts.group.ClusterStatus.RED,
                                new IdRule(false, List.of(), List.of(), null, List.of(few)))),
                "1",
                "9");
        ask(
                "the same list in two clusters",
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), null, List.of(few))),
                        "C",
                        RouteStrategy.yellow(new IdRule(false, List.of("9"), List.of(), null, List.of(few)))),
                "1",
                "2",
                "3",
                "9",
                "100",
                "101");
        for (int i = 1; i <= 8; i++) {
            long[] drawn = random.longs(1 + random.nextInt(60)).toArray();
            IdList list = list(drawn);
            List<String> near = new ArrayList<>();
            for (int k = 0; k < 4; k++) {
                long id = drawn[random.nextInt(drawn.length)];
                near.add(Long.toString(id));
                near.add(Long.toString(id + 1));
                near.add(Long.toString(id - 1));
            }
            ask(
                    "drawn " + i,
                    yellow(new IdRule(false, List.of(), List.of(), null, List.of(list))),
                    near.toArray(String[]::new));
        }
    }

    private static Map<String, RouteStrategy> yellow(IdRule rule) {
        return Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(rule));
    }

    private void ask(String name, Map<String, RouteStrategy> clusters, @Nullable String... ids) {
        RouteTable table = Cases.table("shop", Affinity.ID, clusters);
        RouteTable inline = Cases.table("shop", Affinity.ID, inline(clusters));
        List<Case> cases = new ArrayList<>();
        for (String id : ids) {
            cases.add(ask(name + ": " + id, inline, id, healthy(clusters, 1), 0));
        }
        cases.add(ask(name + ": B is down, " + ids[0], inline, ids[0], Map.of("A", 2), 1));
        groups.add(new Group(table, cases));
    }

    private static Map<String, Integer> healthy(Map<String, RouteStrategy> clusters, int instances) {
        Map<String, Integer> healthy = new TreeMap<>();
        clusters.keySet().forEach(cluster -> healthy.put(cluster, instances));
        return healthy;
    }

    private static Case ask(
            String name, RouteTable inline, @Nullable String id, Map<String, Integer> healthy, long entropy) {
        NaiveRouter.Answer answer =
                NaiveRouter.decide(inline, Optional.ofNullable(id), healthy, BigInteger.valueOf(entropy));
        SortedMap<String, SortedMap<String, Integer>> byService = new TreeMap<>();
        healthy.forEach((cluster, count) -> byService.put(cluster, new TreeMap<>(Map.of("web", count))));
        return new Case(
                name,
                "web",
                id,
                byService,
                Long.toString(entropy),
                new Expected(
                        answer.cluster().orElse(null),
                        answer.status().orElse(null),
                        answer.reason(),
                        new TreeSet<>(answer.possible())));
    }

    private Map<String, RouteStrategy> inline(Map<String, RouteStrategy> clusters) {
        Map<String, RouteStrategy> inline = new TreeMap<>();
        clusters.forEach((name, strategy) -> {
            IdRule rule = strategy.id();
            List<String> ids = Stream.concat(
                            rule.ids().stream(),
                            rule.idLists().stream().flatMap(list -> lists.get(list.sha256()).stream()))
                    .toList();
            inline.put(
                    name,
                    new RouteStrategy(
                            strategy.status(), new IdRule(rule.all(), ids, rule.intervals(), rule.percent())));
        });
        return inline;
    }

    private void wrongContents() {
        refuse("descending", content(2, 1), 2);
        refuse("an id twice", content(1, 1), 2);
        refuse("ascending as unsigned only", content(1, -1), 2);
        refuse("big-endian", ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1}), 2);
        refuse("fewer ids than the reference says", content(1, 2), 3);
        refuse("more ids than the reference says", content(1, 2), 1);
        refuse("cut off in an id", ByteBuffer.wrap(content(1, 2).array(), 0, 15).slice(), 2);
        wrong.add(new WrongContent("of another sha256", reference(content(1, 3)), hex(content(1, 2))));
        wrong.add(new WrongContent("empty", reference(content(1)), ""));
    }

    private void refuse(String name, ByteBuffer content, int count) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        ByteBuffer copy = ByteBuffer.wrap(bytes);
        wrong.add(new WrongContent(name, new IdList(reference(copy).sha256(), count), hex(copy)));
    }

    /** The content of a list in the file. */
    static SortedIds contentOf(SortedMap<String, List<String>> lists, IdList reference) {
        long[] ids = lists.get(reference.sha256()).stream()
                .mapToLong(Long::parseLong)
                .toArray();
        return SortedIds.of(reference, content(ids));
    }
}
