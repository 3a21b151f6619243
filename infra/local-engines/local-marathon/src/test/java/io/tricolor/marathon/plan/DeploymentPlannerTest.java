package io.tricolor.marathon.plan;

import static io.tricolor.marathon.plan.Step.Kind.RESTART;
import static io.tricolor.marathon.plan.Step.Kind.SCALE;
import static io.tricolor.marathon.plan.Step.Kind.START;
import static io.tricolor.marathon.plan.Step.Kind.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.plan.Step.Action;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class DeploymentPlannerTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void a_new_app_is_made_known_and_then_scaled() {
        assertThat(plan(Map.of(), Map.of("/a", app("/a", 2, "x"))))
                .containsExactly(step(new Action(START, "/a")), step(new Action(SCALE, "/a")));
    }

    @Test
    void a_removed_app_is_stopped_first() {
        assertThat(plan(Map.of("/a", app("/a", 1, "x")), Map.of("/b", app("/b", 1, "x"))))
                .containsExactly(
                        step(new Action(STOP, "/a")), step(new Action(START, "/b")), step(new Action(SCALE, "/b")));
    }

    @Test
    void only_a_change_of_more_than_the_number_of_instances_restarts() {
        Map<String, AppDefinition> before = Map.of("/a", app("/a", 2, "x"));
        assertThat(plan(before, before)).isEmpty();
        assertThat(plan(before, Map.of("/a", app("/a", 3, "x")))).containsExactly(step(new Action(SCALE, "/a")));
        assertThat(plan(before, Map.of("/a", app("/a", 2, "y")))).containsExactly(step(new Action(RESTART, "/a")));
        assertThat(plan(before, Map.of("/a", app("/a", 0, "y")))).containsExactly(step(new Action(SCALE, "/a")));
        assertThat(DeploymentPlanner.plan(before, before, Set.of("/a")))
                .containsExactly(step(new Action(RESTART, "/a")));
    }

    @Test
    void dependencies_come_first() {
        AppDefinition web = read("/web", "{'cmd':'x','dependencies':['/db']}");
        AppDefinition db = read("/db", "{'cmd':'x'}");
        assertThat(plan(Map.of(), Map.of("/web", web, "/db", db)))
                .containsExactly(
                        step(new Action(START, "/db"), new Action(START, "/web")),
                        step(new Action(SCALE, "/db")),
                        step(new Action(SCALE, "/web")));
    }

    @Test
    void a_circle_of_dependencies_is_seen() {
        AppDefinition a = read("/a", "{'cmd':'x','dependencies':['/b']}");
        AppDefinition b = read("/b", "{'cmd':'x','dependencies':['/a']}");
        assertThat(DeploymentPlanner.hasCycle(Map.of("/a", a, "/b", b))).isTrue();
        assertThat(DeploymentPlanner.hasCycle(Map.of("/a", a))).isFalse();
    }

    private static List<Step> plan(Map<String, AppDefinition> before, Map<String, AppDefinition> after) {
        return DeploymentPlanner.plan(before, after, Set.of());
    }

    private static Step step(Action... actions) {
        return new Step(List.of(actions));
    }

    private static AppDefinition app(String id, int instances, String cmd) {
        return read(id, "{'cmd':'" + cmd + "','instances':" + instances + "}");
    }

    private static AppDefinition read(String id, String body) {
        return AppReader.read(id, (ObjectNode) JSON.readTree(body.replace('\'', '"')));
    }

    @Test
    void what_a_group_depends_on_comes_before_all_of_its_apps() {
        Map<String, AppDefinition> apps = Map.of(
                "/shop/a/web", app("/shop/a/web", 1, "x"),
                "/shop/db/main", app("/shop/db/main", 1, "x"),
                "/shop/db/copy", app("/shop/db/copy", 1, "x"));
        assertThat(DeploymentPlanner.plan(Map.of(), apps, Set.of(), Map.of("/shop/a", List.of("/shop/db"))))
                .last()
                .isEqualTo(step(new Action(SCALE, "/shop/a/web")));
        assertThat(DeploymentPlanner.hasCycle(
                        apps, Map.of("/shop/a", List.of("/shop/db"), "/shop/db", List.of("/shop/a/web"))))
                .isTrue();
        assertThat(DeploymentPlanner.hasCycle(apps, Map.of("/shop/a", List.of("/shop"))))
                .as("of its own group nothing is needed")
                .isFalse();
    }
}
