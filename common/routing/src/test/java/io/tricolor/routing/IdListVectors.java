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
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code decisions-idlists.json}. Expectations come from {@link NaiveRouter}, to which the ids are given inline.
 */
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
     * @param lists numbers of the content by the sha256 of the list, in order: ids, or first and last id of each
     *     interval in turn
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
        return reference(content, IdList.Kind.IDS);
    }

    static IdList reference(ByteBuffer content, IdList.Kind kind) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content.duplicate());
            return new IdList(HexFormat.of().formatHex(digest.digest()), content.remaining() / kind.bytesEach(), kind);
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

    private IdList intervals(long... ends) {
        IdList reference = reference(content(ends), IdList.Kind.INTERVALS);
        lists.put(
                reference.sha256(), LongStream.of(ends).mapToObj(Long::toString).toList());
        return reference;
    }

    private void decisions() {
        decisionsByIds();
        decisionsByIntervals();
    }

    private void decisionsByIntervals() {
        IdList corners = intervals(
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1,
                -PRECISE - 1,
                -PRECISE - 1,
                -7,
                0,
                2,
                2,
                42,
                100,
                PRECISE + 1,
                PRECISE + 3,
                Long.MAX_VALUE - 1,
                Long.MAX_VALUE);
        String[] asked = {
            "-9223372036854775808",
            "-9223372036854775807",
            "-9223372036854775806",
            "-9007199254740992",
            "-9007199254740993",
            "-9007199254740994",
            "-8",
            "-7",
            "-3",
            "0",
            "-0",
            "1",
            "2",
            "3",
            "41",
            "42",
            "042",
            "77",
            "77.0",
            " 77 ",
            "100",
            "101",
            "9007199254740992",
            "9007199254740993",
            "9007199254740994",
            "9007199254740995",
            "9007199254740996",
            "9223372036854775805",
            "9223372036854775806",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775809",
            "alice",
            null
        };
        ask("corners of intervals", yellow(listed(corners)), asked);

        IdList everything = intervals(Long.MIN_VALUE, Long.MAX_VALUE);
        ask("an interval of all numbers", yellow(listed(everything)), "0", "-9223372036854775808", "alice", "01", null);
        IdList one = intervals(5, 9);
        ask("a list of one interval", yellow(listed(one)), "4", "5", "6", "9", "10", "-5", null);
        IdList many = intervals(LongStream.range(0, 300)
                .flatMap(i -> LongStream.of(i * 1_000, i * 1_000 + 499))
                .toArray());
        IdList few = list(3, 5, 250_499);
        ask(
                "lists of both kinds, and ids and intervals beside them",
                yellow(new IdRule(
                        false,
                        List.of("501", "alice"),
                        List.of(new IdInterval(600, 610)),
                        new BigDecimal("0"),
                        List.of(many, few, one))),
                "5",
                "9",
                "499",
                "500",
                "501",
                "600",
                "611",
                "250499",
                "250500",
                "299499",
                "299500",
                "300000",
                "alice",
                "bob");
        ask(
                "an interval of a list goes before percent",
                yellow(new IdRule(false, List.of(), List.of(), new BigDecimal("100"), List.of(one))),
                "5",
                "10",
                "alice",
                null);
        // The same bytes are the ids 5 and 9, or the interval from 5 to 9.
        ask("the same content as both kinds", yellow(listed(list(5, 9), one)), "4", "5", "7", "9", "10");
        ask(
                "the same content as ids in one cluster and as intervals in the other",
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(listed(list(5, 9))),
                        "C",
                        RouteStrategy.yellow(listed(one))),
                "4",
                "5",
                "7",
                "9",
                "10");
        ask(
                "all goes before a list of intervals",
                yellow(new IdRule(true, List.of(), List.of(), null, List.of(one))),
                "5");
        for (int i = 1; i <= 8; i++) {
            long[] starts = random.longs(1 + random.nextInt(40)).toArray();
            long[] ends = new long[starts.length];
            for (int k = 0; k < starts.length; k++) {
                ends[k] = Math.max(starts[k], starts[k] + random.nextLong(1L << 58));
            }
            int count = SortedIntervals.merge(starts, ends, starts.length);
            long[] merged = new long[2 * count];
            List<String> near = new ArrayList<>();
            for (int k = 0; k < count; k++) {
                merged[2 * k] = starts[k];
                merged[2 * k + 1] = ends[k];
            }
            for (int k = 0; k < 4; k++) {
                long end = merged[random.nextInt(merged.length)];
                near.add(Long.toString(end));
                near.add(Long.toString(end + 1));
                near.add(Long.toString(end - 1));
            }
            ask("drawn intervals " + i, yellow(listed(intervals(merged))), near.toArray(String[]::new));
        }
    }

    private static IdRule listed(IdList... lists) {
        return new IdRule(false, List.of(), List.of(), null, List.of(lists));
    }

    private void decisionsByIds() {
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
                            rule.ids().stream(), contents(rule, IdList.Kind.IDS).flatMap(List::stream))
                    .toList();
            List<IdInterval> intervals = new ArrayList<>(rule.intervals());
            contents(rule, IdList.Kind.INTERVALS).forEach(ends -> {
                for (int i = 0; i < ends.size(); i += 2) {
                    intervals.add(new IdInterval(Long.parseLong(ends.get(i)), Long.parseLong(ends.get(i + 1))));
                }
            });
            inline.put(
                    name, new RouteStrategy(strategy.status(), new IdRule(rule.all(), ids, intervals, rule.percent())));
        });
        return inline;
    }

    private Stream<List<String>> contents(IdRule rule, IdList.Kind kind) {
        return rule.idLists().stream()
                .filter(list -> list.kind() == kind)
                .map(list -> Objects.requireNonNull(lists.get(list.sha256())));
    }

    private void wrongContents() {
        refuseIntervals("an interval that is reversed", content(1, 5, 9, 8), 2);
        refuseIntervals("intervals that descend", content(8, 9, 1, 5), 2);
        refuseIntervals("intervals that overlap", content(1, 5, 5, 9), 2);
        refuseIntervals("intervals that touch", content(1, 5, 6, 9), 2);
        refuseIntervals(
                "intervals that touch at the end of int64",
                content(1, Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MAX_VALUE),
                2);
        refuseIntervals("an interval twice", content(1, 5, 1, 5), 2);
        refuseIntervals("intervals that ascend as unsigned only", content(1, 2, -9, -8), 2);
        refuseIntervals("fewer intervals than the reference says", content(1, 2), 2);
        refuseIntervals("more intervals than the reference says", content(1, 2, 4, 5), 1);
        refuseIntervals("half an interval", content(1, 2, 4), 2);
        refuseIntervals("as many numbers as the reference has intervals", content(1, 2), 2);
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
        refuse(name, content, count, IdList.Kind.IDS);
    }

    private void refuseIntervals(String name, ByteBuffer content, int count) {
        refuse(name, content, count, IdList.Kind.INTERVALS);
    }

    private void refuse(String name, ByteBuffer content, int count, IdList.Kind kind) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        ByteBuffer copy = ByteBuffer.wrap(bytes);
        wrong.add(new WrongContent(name, new IdList(reference(copy).sha256(), count, kind), hex(copy)));
    }

    /** The content of a list in the file. */
    static ListContent contentOf(SortedMap<String, List<String>> lists, IdList reference) {
        long[] ids = lists.get(reference.sha256()).stream()
                .mapToLong(Long::parseLong)
                .toArray();
        return ListContent.of(reference, content(ids));
    }
}
