package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.IdListVectors.ListDecisions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class IdListsTest {

    private static final String FILE = "decisions-idlists.json";

    @TempDir
    private Path directory;

    private static ListDecisions file() {
        return ConformanceVectors.STRICT.readValue(ConformanceVectors.text(FILE), ListDecisions.class);
    }

    @TestFactory
    Stream<DynamicTest> decides_as_the_vectors_say() {
        ListDecisions file = file();
        return file.groups().stream().flatMap(group -> {
            CompiledTable compiled =
                    CompiledTable.of(group.table(), list -> IdListVectors.contentOf(file.lists(), list));
            return group.cases().stream()
                    .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                        Decision decision = compiled.decide(
                                RequestId.of(c.id()),
                                c.service(),
                                (cluster, service) -> c.healthy()
                                        .getOrDefault(cluster, new TreeMap<>())
                                        .getOrDefault(service, 0),
                                Long.parseLong(c.entropy()));
                        assertThat(decision)
                                .isEqualTo(new Decision.Routed(
                                        c.expect().cluster(),
                                        c.expect().status(),
                                        Decision.Reason.valueOf(c.expect().reason())));
                    }));
        });
    }

    @TestFactory
    Stream<DynamicTest> refuses_content_that_is_not_what_the_reference_names() {
        return file().wrongContents().stream()
                .map(wrong -> DynamicTest.dynamicTest(wrong.name(), () -> {
                    ByteBuffer content = ByteBuffer.wrap(HexFormat.of().parseHex(wrong.content()));
                    Path file = Files.write(directory.resolve("list"), content.array());
                    refused(Code.INVALID_ARGUMENT, () -> ListContent.of(wrong.list(), content));
                    refused(Code.INVALID_ARGUMENT, () -> ListContent.map(wrong.list(), file));
                }));
    }

    private static void refused(Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(call)
                .satisfies(rejected -> assertThat(rejected.rejection().code()).isEqualTo(code));
    }

    @Test
    void the_file_is_what_the_generator_makes() throws IOException {
        String generated = ConformanceVectors.STRICT
                        .writeValueAsString(IdListVectors.all())
                        .replace("\r\n", "\n")
                + "\n";
        if (Boolean.getBoolean("tricolor.conformance.write")) {
            Files.writeString(
                    Path.of(
                            System.getProperty("tricolor.home"),
                            "common/routing/src/main/resources/io/tricolor/routing/conformance/" + FILE),
                    generated);
        }
        assertThat(ConformanceVectors.text(FILE)).isEqualTo(generated);
        assertThat(file().groups().stream()
                        .flatMap(group -> group.cases().stream())
                        .map(c -> c.expect().reason()))
                .hasSizeGreaterThan(150)
                .contains("WHITELIST_ID", "WHITELIST_INTERVAL", "PERCENT", "ALL", "FALLBACK");
    }

    @Test
    void a_table_without_its_lists_is_not_compiled() {
        RouteTable table = Cases.table(
                "shop",
                Affinity.ID,
                Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(rule(reference(1, 2, 3)))));
        assertThat(table.referencedLists()).containsExactly(reference(1, 2, 3));
        refused(Code.ID_LIST_NOT_FOUND, () -> CompiledTable.of(table));
        CompiledTable.of(table, list -> ListContent.of(list, IdListVectors.content(1, 2, 3)));
    }

    @Test
    void a_million_ids_are_searched_in_a_mapped_file() throws IOException {
        long[] ids = LongStream.range(-500_000, 500_000).map(i -> i * 3).toArray();
        ByteBuffer content = IdListVectors.content(ids);
        Path file = Files.write(directory.resolve("list"), content.array());
        SortedIds mapped = (SortedIds) ListContent.map(IdListVectors.reference(content), file);
        assertThat(mapped.ids().toArray()).isEqualTo(ids);
        for (int i = 0; i < ids.length; i += 7) {
            assertThat(mapped.contains(ids[i])).isTrue();
            assertThat(mapped.contains(ids[i] + 1)).isFalse();
        }
        assertThat(mapped.contains(Long.MIN_VALUE)).isFalse();
        assertThat(mapped.contains(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void lists_are_written_and_read_by_people() {
        IdList list = reference(5, 6);
        RouteStrategyDocument document = new RouteStrategyDocument(
                new TreeMap<>(Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(rule(list, reference(7))))));
        assertThat(document.toYaml()).contains("      id-lists: [{sha256: \"" + list.sha256() + "\", count: 2}, {");
        assertThat(RouteStrategyDocument.parse(document.toYaml())).isEqualTo(document);
        assertThat(RouteStrategyDocument.parse(document.toJson())).isEqualTo(document);
        assertThat(new RouteStrategyDocument(new TreeMap<>(Map.of("A", RouteStrategy.green()))).toYaml())
                .doesNotContain("id-lists");
    }

    @Test
    void a_list_that_is_not_named_properly_is_refused_with_its_place() {
        for (String wrong : List.of(
                "{sha256: ABC, count: 1}",
                "{sha256: " + "a".repeat(64) + ", count: 0}",
                "{sha256: " + "a".repeat(64) + ", count: 1e3}",
                "{sha256: " + "a".repeat(64) + "}",
                "{count: 3}",
                "{sha256: " + "a".repeat(64) + ", count: 3, ids: []}",
                "7")) {
            assertThatExceptionOfType(Rejected.class)
                    .isThrownBy(() -> RouteStrategyDocument.parse(
                            "route-strategy:\n  B:\n    status: Y\n    id:\n      id-lists: [" + wrong + "]\n"))
                    .withMessageContaining("line 5")
                    .withMessageContaining("route-strategy.B.id.id-lists[0]");
        }
    }

    @Test
    void more_ids_than_a_rule_may_carry_become_a_list() {
        String yaml = "route-strategy:\n  B:\n    status: Y\n    id:\n      ids: ["
                + IntStream.rangeClosed(1, 1_500).mapToObj(Integer::toString).collect(Collectors.joining(", "))
                + ", \"alice\"]\n";
        List<long[]> kept = new ArrayList<>();
        IdList name = reference(1, 2, 3);
        IdRule rule = RouteStrategyDocument.parse(yaml, new Kept(ids -> {
                    kept.add(ids);
                    return name;
                }))
                .strategies()
                .get("B")
                .id();
        assertThat(rule.ids()).containsExactly("alice");
        assertThat(rule.idLists()).containsExactly(name);
        assertThat(kept).hasSize(1);
        assertThat(kept.get(0)).containsExactly(LongStream.rangeClosed(1, 1_500).toArray());
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(() -> RouteStrategyDocument.parse(yaml))
                .withMessageContaining("at most 1000 ids, not 1501");
    }

    @Test
    void as_many_as_a_rule_may_carry_stay_in_it_in_their_order() {
        InlineIds ids = new InlineIds();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            texts.add(i % 3 == 0 ? "user-" + i : Integer.toString(2_000 - i));
            ids.add(texts.get(i));
        }
        assertThat(ids.toRule(false, new InlineIntervals(), null, List.of(), new Kept(numbers -> {
                            throw new AssertionError("nothing is to be kept");
                        }))
                        .ids())
                .isEqualTo(texts);
    }

    @Test
    void texts_are_never_in_a_list() {
        InlineIds ids = new InlineIds();
        ids.add("7");
        IntStream.range(0, 1_000).forEach(i -> ids.add("user-" + i));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ids.add("user-1000"))
                .withMessageContaining("a list holds numbers only");
    }

    @Test
    void a_million_intervals_are_searched_in_a_mapped_file() throws IOException {
        ByteBuffer content = IdListVectors.content(LongStream.range(-500_000, 500_000)
                .flatMap(i -> LongStream.of(i * 10, i * 10 + 3))
                .toArray());
        Path file = Files.write(directory.resolve("list"), content.array());
        IdList reference = IdListVectors.reference(content, IdList.Kind.INTERVALS);
        assertThat(reference.count()).isEqualTo(1_000_000);
        SortedIntervals mapped = (SortedIntervals) ListContent.map(reference, file);
        assertThat(mapped.intervals().skip(7).findFirst()).hasValue(new IdInterval(-4_999_930, -4_999_927));
        for (long id = -5_000_000; id < 5_000_000; id += 7) {
            assertThat(mapped.contains(id)).as("%d", id).isEqualTo(Math.floorMod(id, 10) <= 3);
        }
        assertThat(mapped.contains(Long.MIN_VALUE)).isFalse();
        assertThat(mapped.contains(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void the_union_of_intervals_is_what_their_ids_say() {
        Random random = new Random(20_261_128);
        for (int round = 0; round < 2_000; round++) {
            int count = 1 + random.nextInt(12);
            long[] starts = new long[count];
            long[] ends = new long[count];
            boolean[] expected = new boolean[60];
            for (int i = 0; i < count; i++) {
                starts[i] = random.nextInt(40);
                ends[i] = starts[i] + random.nextInt(random.nextInt(12) + 1);
                Arrays.fill(expected, (int) starts[i], (int) ends[i] + 1, true);
            }
            int merged = SortedIntervals.merge(starts, ends, count);
            boolean[] actual = new boolean[60];
            for (int i = 0; i < merged; i++) {
                assertThat(i == 0 || starts[i] > ends[i - 1] + 1).isTrue();
                Arrays.fill(actual, (int) starts[i], (int) ends[i] + 1, true);
            }
            assertThat(actual).isEqualTo(expected);
        }
        long[] starts = {Long.MAX_VALUE, Long.MIN_VALUE, 0};
        long[] ends = {Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1};
        assertThat(SortedIntervals.merge(starts, ends, 3)).isEqualTo(2);
        assertThat(starts).startsWith(Long.MIN_VALUE, 0);
        assertThat(ends).startsWith(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    @Test
    void more_intervals_than_a_new_rule_may_carry_become_a_list_too() {
        String yaml = "route-strategy:\n  B:\n    status: Y\n    id:\n      ids: [7]\n      interval:["
                + IntStream.rangeClosed(1, 101)
                        .mapToObj(i -> "[" + 10 * i + "," + (10 * i + 3) + "]")
                        .collect(Collectors.joining(", "))
                + "]\n";
        Kept kept = new Kept(ids -> reference(ids));
        IdRule rule =
                RouteStrategyDocument.parse(yaml, kept).strategies().get("B").id();
        assertThat(rule.ids()).containsExactly("7");
        assertThat(rule.intervals()).isEmpty();
        assertThat(rule.idLists())
                .containsExactly(kept.intervals.keySet().iterator().next());
        assertThat(kept.intervals.values().iterator().next())
                .startsWith(10, 13, 20, 23)
                .hasSize(202);
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(() -> RouteStrategyDocument.parse(yaml))
                .withMessageContaining("at most 100 intervals, not 101");
        // Many that overlap are few.
        String joined = yaml.replace("3]", "9]");
        assertThat(RouteStrategyDocument.parse(joined, new Kept(ids -> reference(ids)))
                        .strategies()
                        .get("B")
                        .id())
                .isEqualTo(new IdRule(false, List.of("7"), List.of(new IdInterval(10, 1_019)), null));
    }

    @Test
    void lists_that_were_inline_are_written_inline_up_to_a_length() {
        String ids = IntStream.rangeClosed(1, 1_500).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        String intervals = IntStream.rangeClosed(1, 150)
                .mapToObj(i -> "[" + 10 * i + "," + (10 * i + 3) + "]")
                .collect(Collectors.joining(", "));
        String yaml = "route-strategy:\n  B:\n    status: Y\n    id:\n      all: false\n      ids: [\"alice\", " + ids
                + "]\n      interval: [" + intervals + "]\n";
        Kept kept = new Kept(numbers -> reference(numbers));
        RouteStrategyDocument read = RouteStrategyDocument.parse(yaml, kept);
        assertThat(read.strategies().get("B").id().idLists()).hasSize(2);
        assertThat(read.toYaml(kept, 1_500)).isEqualTo(yaml);
        String half = read.toYaml(kept, 1_499);
        assertThat(half)
                .contains("ids: [\"alice\"]")
                .contains("interval: [[10,13]")
                .contains("count: 1500}]");
        assertThat(RouteStrategyDocument.parse(half, kept)
                        .strategies()
                        .get("B")
                        .id()
                        .idLists())
                .containsExactlyElementsOf(read.strategies().get("B").id().idLists());
        assertThat(read.toYaml()).contains("count: 150, kind: intervals}]");
        assertThat(RouteStrategyDocument.parse(read.toYaml())).isEqualTo(read);
        assertThat(RouteStrategyDocument.parse(read.toJson())).isEqualTo(read);

        // One that could as well stand in the rule was referred to, and still is.
        IdList small = kept.keepIds(new long[] {1, 2, 3});
        RouteStrategyDocument referring =
                new RouteStrategyDocument(new TreeMap<>(Map.of("A", RouteStrategy.yellow(rule(small)))));
        assertThat(RouteStrategyDocument.parse(referring.toYaml(kept, 10_000))).isEqualTo(referring);
    }

    @Test
    void a_million_are_read_and_one_more_is_refused_with_its_place() {
        Kept kept = new Kept(numbers -> reference(numbers));
        String half = "{\"route-strategy\":{\"A\":{\"status\":\"Y\",\"id\":{\"ids\":["
                + IntStream.range(0, 500_000).mapToObj(Integer::toString).collect(Collectors.joining(","))
                + "],\"interval\":["
                + IntStream.range(0, 500_000)
                        .mapToObj(i -> "[\"" + 3 * i + "\",\"" + (3 * i + 1) + "\"]")
                        .collect(Collectors.joining(","));
        IdRule rule = RouteStrategyDocument.parse(half + "]}}}}", kept)
                .strategies()
                .get("A")
                .id();
        assertThat(rule.idLists()).extracting(IdList::count).containsExactly(500_000, 500_000);
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(() -> RouteStrategyDocument.parse(half + ",[1,2]]}}}}", kept))
                .withMessageContaining("line 1")
                .withMessageContaining("route-strategy.A.id.interval")
                .withMessageContaining("more than 1000000 ids and intervals");
    }

    /** Keeps lists in memory. */
    private static final class Kept implements InlineIds.Keeper, IdLists {

        private final Function<long[], IdList> ids;
        private final Map<IdList, long[]> intervals = new LinkedHashMap<>();
        private final Map<IdList, ListContent> contents = new LinkedHashMap<>();

        Kept(Function<long[], IdList> ids) {
            this.ids = ids;
        }

        @Override
        public IdList keepIds(long[] numbers) {
            long[] sorted = LongStream.of(numbers).sorted().distinct().toArray();
            IdList list = ids.apply(sorted);
            if (list.equals(reference(sorted))) {
                contents.put(list, ListContent.of(list, IdListVectors.content(sorted)));
            }
            return list;
        }

        @Override
        public IdList keepIntervals(long[] starts, long[] ends, int count) {
            long[] numbers = IntStream.range(0, count)
                    .mapToObj(i -> LongStream.of(starts[i], ends[i]))
                    .flatMapToLong(Function.identity())
                    .toArray();
            ByteBuffer content = IdListVectors.content(numbers);
            IdList list = IdListVectors.reference(content, IdList.Kind.INTERVALS);
            intervals.put(list, numbers);
            contents.put(list, ListContent.of(list, content));
            return list;
        }

        @Override
        public ListContent content(IdList reference) {
            return Objects.requireNonNull(contents.get(reference));
        }
    }

    private static IdRule rule(IdList... lists) {
        return new IdRule(false, List.of(), List.of(), null, List.of(lists));
    }

    private static IdList reference(long... ids) {
        return IdListVectors.reference(IdListVectors.content(ids));
    }
}
