package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

class UpcastsTest {

    private static final Upcasts STEPS = new Upcasts(List.of(
            new Upcast("toy.painted", 2, json -> {
                json.put("colours", new ArrayList<>(List.of(json.remove("color"))));
                return json;
            }),
            new Upcast("toy.painted", 1, json -> {
                json.put("color", json.remove("paint"));
                return json;
            }),
            Upcast.unchanged("toy.sold", 1)));

    @Test
    void go_from_any_revision_to_any_later_one() {
        assertThat(STEPS.apply("toy.painted", 1, 3, json())).contains(Map.of("colours", List.of("red")));
        assertThat(STEPS.apply("toy.painted", 1, 2, json())).contains(Map.of("color", "red"));
        assertThat(STEPS.apply("toy.painted", 3, 3, json())).contains(json());
        assertThat(STEPS.apply("toy.sold", 1, 2, json())).contains(json());
    }

    @Test
    void give_nothing_when_a_step_is_missing_or_the_revision_is_newer() {
        assertThat(STEPS.apply("toy.painted", 1, 4, json())).isEmpty();
        assertThat(STEPS.apply("toy.unknown", 1, 2, json())).isEmpty();
        assertThat(STEPS.apply("toy.painted", 3, 2, json())).isEmpty();
    }

    @Test
    void have_one_step_for_a_revision() {
        assertThatThrownBy(() -> STEPS.and(List.of(Upcast.unchanged("toy.sold", 1))))
                .hasMessageContaining("revision 1 of toy.sold");
    }

    /** Whatever was ever published is read as today's record, and is then valid as what is written today. */
    @Test
    void bring_the_sample_of_every_earlier_revision_up_to_date() {
        for (Class<?> type : EventTypes.all()) {
            String name = EventTypes.nameOf(type);
            int today = EventTypes.revisionOf(type);
            for (int revision = 1; revision < today; revision++) {
                Map<String, Object> old = Published.JSON.convertValue(
                        Published.sample(name + ".v" + revision), new TypeReference<Map<String, Object>>() {});
                Map<String, Object> brought =
                        Upcasts.published().apply(name, revision, today, old).orElseThrow();
                Object read = Published.JSON.convertValue(brought, type);
                JsonNode written = Published.JSON.readTree(Published.JSON.writeValueAsString(read));
                assertThat(Published.errors(name + ".v" + today, written))
                        .as("%s from revision %d", name, revision)
                        .isEmpty();
            }
        }
    }

    /** Stages that steps carried are there once, and steps name them. */
    @Test
    void bring_the_stages_of_an_upgrade_together() {
        Map<String, Object> old = Published.JSON.convertValue(
                Published.sample("cluster-group.upgrade-started.v1"), new TypeReference<Map<String, Object>>() {});
        Map<String, Object> brought = Upcasts.published()
                .apply("cluster-group.upgrade-started", 1, 2, old)
                .orElseThrow();
        UpgradeStarted read = Published.JSON.convertValue(brought, UpgradeStarted.class);
        assertThat(read.stages())
                .extracting(Stage::name, Stage::gates)
                .containsExactly(
                        tuple(
                                "friends",
                                List.of(
                                        new Gate.Approval("approval", 1),
                                        new Gate.Bake("bake", Duration.ofMinutes(10)))),
                        tuple("an eighth", List.of(new Gate.Bake("bake", Duration.ofHours(36)))));
        assertThat(read.stages().get(0).rule().ids()).hasSize(5);
        assertThat(read.steps())
                .filteredOn(step -> step.kind() == UpgradeStep.Kind.GATE)
                .extracting(UpgradeStep::stage)
                .containsExactly("friends", "an eighth");
    }

    private static Map<String, Object> json() {
        return new HashMap<>(Map.of("paint", "red"));
    }
}
