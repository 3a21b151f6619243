package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.IdListVectors.ListDecisions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

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
                    refused(Code.INVALID_ARGUMENT, () -> SortedIds.of(wrong.list(), content));
                    refused(Code.INVALID_ARGUMENT, () -> SortedIds.map(wrong.list(), file));
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
        CompiledTable.of(table, list -> SortedIds.of(list, IdListVectors.content(1, 2, 3)));
    }

    @Test
    void a_million_ids_are_searched_in_a_mapped_file() throws IOException {
        long[] ids = LongStream.range(-500_000, 500_000).map(i -> i * 3).toArray();
        ByteBuffer content = IdListVectors.content(ids);
        Path file = Files.write(directory.resolve("list"), content.array());
        SortedIds mapped = SortedIds.map(IdListVectors.reference(content), file);
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
        IdRule rule = RouteStrategyDocument.parse(yaml, ids -> {
                    kept.add(ids);
                    return name;
                })
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
        assertThat(ids.toRule(false, List.of(), null, List.of(), numbers -> {
                            throw new AssertionError("nothing is to be kept");
                        })
                        .ids())
                .isEqualTo(texts);
    }

    @Test
    void texts_are_never_in_a_list() {
        InlineIds ids = new InlineIds();
        ids.add("7");
        IntStream.range(0, 1_001).forEach(i -> ids.add("user-" + i));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ids.toRule(false, List.of(), null, List.of(), numbers -> reference(7)))
                .withMessageContaining("a list holds numbers only");
    }

    private static IdRule rule(IdList... lists) {
        return new IdRule(false, List.of(), List.of(), null, List.of(lists));
    }

    private static IdList reference(long... ids) {
        return IdListVectors.reference(IdListVectors.content(ids));
    }
}
