package io.tricolor.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DesiredTest {

    @Test
    void adds_up_what_all_clusters_are_to_run_at_each_moment() {
        Desired desired = Desired.in(List.of(
                asked("A", 4, ""),
                asked("B", 1, ""),
                asked("A", 4, "\"a1\",\"a2\""),
                asked("A", 2, "\"a1\",\"a2\""),
                asked("B", 3, ""),
                asked("B", 3, "")));
        assertThat(desired.most()).isEqualTo(5);
        assertThat(desired.moves())
                .containsExactly(
                        "A 4",
                        "A 4, B 1",
                        "A 4 (2 withdrawn), B 1",
                        "A 2 (2 withdrawn), B 1",
                        "A 2 (2 withdrawn), B 3");
    }

    private static JsonNode asked(String cluster, int instances, String withdrawn) {
        return JsonMapper.builder().build().readTree("""
                {"type":"cluster-group.cluster-desired-state-changed",
                 "event":{"cluster":"%s","instances":{"web":%d},"withdrawn":{"web":[%s]}}}""".formatted(cluster, instances, withdrawn));
    }
}
