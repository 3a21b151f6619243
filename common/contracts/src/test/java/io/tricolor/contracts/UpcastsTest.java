package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    private static Map<String, Object> json() {
        return new HashMap<>(Map.of("paint", "red"));
    }
}
