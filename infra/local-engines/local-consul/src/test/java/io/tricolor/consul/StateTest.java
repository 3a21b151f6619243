package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StateTest {
    private final List<Topic> touched = new ArrayList<>();

    @Test
    void index_of_a_tree_never_falls_when_tombstones_are_merged() {
        State state = new State();
        long index = 1;
        long highest = 0;
        for (int i = 0; i < State.MAX_TOMBSTONES + 100; i++) {
            state.apply(new Change.KvPut(entry("tree/" + i, ++index)), touched);
            state.apply(new Change.KvDelete("tree/" + i, ++index), touched);
            highest = Math.max(highest, state.treeIndex("tree/"));
            assertThat(state.treeIndex("tree/1")).isLessThanOrEqualTo(highest);
        }
        assertThat(state.treeIndex("tree/")).isEqualTo(index);
        assertThat(state.keyIndex("tree/0")).isGreaterThanOrEqualTo(3);
        assertThat(state.keyIndex("never")).isBetween(3L, index);
    }

    @Test
    void dump_leads_to_the_same_state() {
        Random random = new Random(7);
        State state = new State();
        for (long index = 2; index < 5_000; index++) {
            String key = "k" + random.nextInt(300);
            state.apply(
                    random.nextInt(3) == 0 ? new Change.KvDelete(key, index) : new Change.KvPut(entry(key, index)),
                    touched);
        }
        State copy = new State();
        state.dump(0).forEach(change -> copy.apply(change, touched));
        assertThat(copy.last()).isEqualTo(state.last());
        for (int i = 0; i < 300; i++) {
            assertThat(copy.key("k" + i)).isEqualTo(state.key("k" + i));
            assertThat(copy.keyIndex("k" + i)).isEqualTo(state.keyIndex("k" + i));
            assertThat(copy.treeIndex("k" + i)).isEqualTo(state.treeIndex("k" + i));
        }
    }

    private static KvEntry entry(String key, long index) {
        return new KvEntry(key, "eA==", 0, 0, null, index, index);
    }
}
