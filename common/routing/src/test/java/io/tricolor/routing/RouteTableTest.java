package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class RouteTableTest {

    private final JsonMapper json = JsonMapper.shared();

    @Test
    void survives_json() {
        Cases cases = new Cases(11);
        for (int i = 0; i < 500; i++) {
            RouteTable table = cases.table();
            assertThat(json.readValue(json.writeValueAsString(table), RouteTable.class))
                    .isEqualTo(table);
        }
    }

    @Test
    void survives_json_with_claims_and_is_written_without_them_as_ever() {
        RouteTable plain = at(1, 1);
        assertThat(json.writeValueAsString(plain)).doesNotContain("claims");
        RouteTable claiming = new RouteTable(
                "shop",
                1,
                1,
                Affinity.ID,
                new IdentitySource(List.of(), List.of(), List.of(), List.of("sub")),
                List.of(),
                plain.clusters());
        assertThat(json.writeValueAsString(claiming)).contains("\"claims\":[\"sub\"]");
        assertThat(json.readValue(json.writeValueAsString(claiming), RouteTable.class))
                .isEqualTo(claiming);
        assertThatThrownBy(() ->
                        json.readValue(json.writeValueAsString(claiming).replace("\"sub\"", "\" \""), RouteTable.class))
                .hasMessageContaining("identity.claims");
    }

    @Test
    void a_deleted_table_needs_no_target_and_has_no_clusters() {
        RouteTable deleted = RouteTable.deleted("shop", 2, 9);
        assertThat(json.writeValueAsString(deleted)).contains("\"deleted\":true");
        assertThat(json.readValue(json.writeValueAsString(deleted), RouteTable.class))
                .isEqualTo(deleted);
        assertThat(json.writeValueAsString(at(1, 1))).doesNotContain("deleted");
        assertThat(deleted.supersedes(at(2, 8))).isTrue();
        assertThat(CompiledTable.of(deleted).table()).isEqualTo(deleted);
        assertThatThrownBy(() -> new RouteTable(
                        "shop", 1, 1, Affinity.ID, IdentitySource.standard(), List.of(), at(1, 1).clusters(), true))
                .hasMessageContaining("a deleted table has no clusters");
    }

    @Test
    void fills_in_what_is_missing() {
        RouteTable table = json.readValue("""
                {"group":"shop","epoch":0,"version":1,"clusters":{"A":{"status":"GREEN","id":{"all":true}}}}""", RouteTable.class);
        assertThat(table)
                .isEqualTo(new RouteTable(
                        "shop",
                        0,
                        1,
                        Affinity.ID,
                        IdentitySource.standard(),
                        List.of(),
                        new TreeMap<>(Map.of("A", RouteStrategy.green()))));
    }

    @Test
    void a_higher_epoch_or_version_supersedes() {
        assertThat(at(1, 2).supersedes(null)).isTrue();
        assertThat(at(1, 2).supersedes(at(1, 1))).isTrue();
        assertThat(at(2, 1).supersedes(at(1, 9))).isTrue();
        assertThat(at(1, 2).supersedes(at(1, 2))).isFalse();
        assertThat(at(1, 1).supersedes(at(1, 2))).isFalse();
        assertThat(at(1, 9).supersedes(at(2, 1))).isFalse();
    }

    @Test
    void cannot_be_changed_through_the_map_it_was_made_of() {
        SortedMap<String, RouteStrategy> clusters = new TreeMap<>(Map.of("A", RouteStrategy.green()));
        RouteTable table = Cases.table("shop", Affinity.ID, clusters);
        SortedMap<String, RouteStrategy> own = new TreeMap<>(clusters);
        RouteTable kept = new RouteTable("shop", 1, 1, Affinity.ID, table.identity(), table.entries(), own);
        own.clear();
        assertThat(kept.clusters()).containsKey("A");
        assertThatThrownBy(() -> kept.clusters().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    private static RouteTable at(long epoch, long version) {
        RouteTable table = Cases.table("shop", Affinity.ID, Map.of("A", RouteStrategy.green()));
        return new RouteTable(
                "shop", epoch, version, table.affinity(), table.identity(), table.entries(), table.clusters());
    }
}
