package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions that lead to a table which no router could have. */
class BuildableTest {

    @ParameterizedTest
    @CsvSource({"/slash, /slash/", "/, //", "/a/b//, /a/b"})
    void two_entries_that_match_the_same_are_refused_when_a_group_begins_and_when_it_changes(String one, String two) {
        List<Entry> entries = List.of(new Entry(null, one, "web"), new Entry(null, two, "web"));
        CreateClusterGroup create = new CreateClusterGroup(
                "shop", "shop", "test", 1, List.of("A"), entries, IdentitySource.standard(), Affinity.ID);
        assertThatThrownBy(() -> Decider.decide(null, create, context()))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("are there twice");
        GroupState serving = Group.serving().state;
        var change = new ChangeClusterGroup("shop", entries, IdentitySource.standard(), Affinity.ID);
        assertThatThrownBy(() -> Decider.decide(serving, change, context()))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("are there twice");
    }

    @Test
    void more_clusters_than_a_table_holds_are_refused() {
        Group group = Group.serving();
        int clusters = group.state.clusters().size();
        for (int i = clusters; i < 64; i++) {
            group.handle(new AddCluster("shop", "X" + i));
        }
        assertThat(group.state.clusters()).hasSize(64);
        assertThatThrownBy(() -> group.handle(new AddCluster("shop", "X64")))
                .hasMessageContaining("at most 64 clusters");
    }

    private static DecisionContext context() {
        return new DecisionContext("olga", Fixtures.NOW, null);
    }
}
