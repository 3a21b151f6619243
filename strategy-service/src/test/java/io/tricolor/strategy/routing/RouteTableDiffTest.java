package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.routing.RouteTableDiff.Change;
import io.tricolor.strategy.routing.RouteTableDiff.Changes;
import io.tricolor.strategy.routing.RouteTableDiff.ClusterDiff;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouteTableDiffTest {

    private static final Entry ENTRY = new Entry(null, "/shop", "web");

    @Test
    void of_a_table_with_itself_is_empty() {
        RouteTable table = table(1, Map.of("A", RouteStrategy.green()));
        RouteTableDiff diff = RouteTableDiff.between(table, table);
        assertThat(diff.equal()).isTrue();
        assertThat(ContractsJson.mapper().writeValueAsString(diff))
                .isEqualTo("{\"group\":\"shop\",\"epoch\":1,\"from\":1,\"to\":1,\"equal\":true,\"clusters\":{}}");
    }

    @Test
    void sees_nothing_in_the_order_of_a_list() {
        RouteStrategy one = RouteStrategy.yellow(new IdRule(false, List.of("1", "2"), List.of(), null));
        RouteStrategy other = RouteStrategy.yellow(new IdRule(false, List.of("2", "1", "1"), List.of(), null));
        assertThat(RouteTableDiff.between(
                                table(1, Map.of("A", RouteStrategy.green(), "B", one)),
                                table(2, Map.of("A", RouteStrategy.green(), "B", other)))
                        .equal())
                .isTrue();
    }

    /** A member that the diff does not know would make tables equal that are not. */
    @Test
    void compares_every_member_of_a_table_and_of_a_rule() {
        assertThat(membersOf(RouteTable.class))
                .containsExactly("group", "epoch", "version", "affinity", "identity", "entries", "clusters", "deleted");
        assertThat(membersOf(RouteStrategy.class)).containsExactly("status", "id");
        assertThat(membersOf(IdRule.class)).containsExactly("all", "ids", "intervals", "percent", "idLists");
    }

    private static List<String> membersOf(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }

    @Test
    void names_what_changed_in_a_cluster_and_nothing_else() {
        IdRule before = new IdRule(
                false, List.of("1", "2"), List.of(new IdInterval(1, 9), new IdInterval(20, 30)), new BigDecimal("5"));
        IdRule after =
                new IdRule(false, List.of("2", "3"), List.of(new IdInterval(20, 30), new IdInterval(40, 50)), null);
        RouteTableDiff diff = RouteTableDiff.between(
                table(1, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(before))),
                table(2, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(after))));
        assertThat(diff.equal()).isFalse();
        assertThat(diff.clusters())
                .containsExactly(Map.entry(
                        "B",
                        new ClusterDiff(
                                null,
                                null,
                                new Changes<>(List.of("3"), List.of("1"), 1, 1),
                                null,
                                new Changes<>(List.of(new IdInterval(40, 50)), List.of(new IdInterval(1, 9)), 1, 1),
                                new Change<>(new BigDecimal("5.00"), null))));
        assertThat(diff.entries()).isNull();
    }

    @Test
    void has_lists_of_ids_by_their_reference() {
        IdList first = new IdList("a".repeat(64), 1_000_000);
        IdList second = new IdList("b".repeat(64), 1_000_001);
        RouteTableDiff diff = RouteTableDiff.between(
                table(1, Map.of("A", RouteStrategy.green(), "B", listed(first))),
                table(2, Map.of("A", RouteStrategy.green(), "B", listed(second))));
        assertThat(diff.clusters().get("B").idLists()).isEqualTo(new Changes<>(List.of(second), List.of(first), 1, 1));
    }

    private static RouteStrategy listed(IdList list) {
        return RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), null, List.of(list)));
    }

    @Test
    void has_clusters_that_came_and_went() {
        RouteTableDiff diff = RouteTableDiff.between(
                table(1, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.red())),
                table(2, Map.of("A", RouteStrategy.green(), "C", RouteStrategy.green())));
        assertThat(diff.clusters().get("B").status()).isEqualTo(new Change<>(ClusterStatus.RED, null));
        assertThat(diff.clusters().get("C"))
                .isEqualTo(new ClusterDiff(
                        new Change<>(null, ClusterStatus.GREEN), new Change<>(false, true), null, null, null, null));
    }

    @Test
    void shows_a_part_of_long_lists_and_counts_all() {
        List<String> many = IntStream.range(0, 250).mapToObj(Integer::toString).toList();
        RouteTableDiff diff = RouteTableDiff.between(
                table(1, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(IdRule.nobody()))),
                table(
                        2,
                        Map.of(
                                "A",
                                RouteStrategy.green(),
                                "B",
                                RouteStrategy.yellow(new IdRule(false, many, List.of(), null)))));
        Changes<String> ids = diff.clusters().get("B").ids();
        assertThat(ids.added()).hasSize(RouteTableDiff.MOST_SHOWN);
        assertThat(ids.addedCount()).isEqualTo(250);
        assertThat(ids.removedCount()).isZero();
    }

    @Test
    void has_entries_identity_and_affinity() {
        RouteTable before = table(1, Map.of("A", RouteStrategy.green()));
        Entry other = new Entry("shop.example", "/", "web");
        IdentitySource identity = new IdentitySource(List.of("X-Id"), List.of(), List.of());
        RouteTable after =
                new RouteTable("shop", 1, 2, Affinity.NONE, identity, List.of(ENTRY, other), before.clusters());
        RouteTableDiff diff = RouteTableDiff.between(before, after);
        assertThat(diff.clusters()).isEmpty();
        assertThat(diff.equal()).isFalse();
        assertThat(diff.entries()).isEqualTo(new Changes<>(List.of(other), List.of(), 1, 0));
        assertThat(diff.identity()).isEqualTo(new Change<>(IdentitySource.standard(), identity));
        assertThat(diff.affinity()).isEqualTo(new Change<>(Affinity.ID, Affinity.NONE));
    }

    private static RouteTable table(long version, Map<String, RouteStrategy> clusters) {
        return new RouteTable(
                "shop", 1, version, Affinity.ID, IdentitySource.standard(), List.of(ENTRY), new TreeMap<>(clusters));
    }
}
