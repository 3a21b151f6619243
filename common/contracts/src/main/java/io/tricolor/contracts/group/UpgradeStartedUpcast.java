package io.tricolor.contracts.group;

import io.tricolor.contracts.Upcast;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** In revision 1 each GATE carried its stage, with an approval and a bake time instead of gates. */
public final class UpgradeStartedUpcast {

    private UpgradeStartedUpcast() {}

    /** From revision 1 to 2. */
    public static Upcast fromFirst() {
        return new Upcast("cluster-group.upgrade-started", 1, json -> {
            List<Object> stages = new ArrayList<>();
            for (Object step : (List<?>) json.getOrDefault("steps", List.of())) {
                hoist(object(step), stages);
            }
            json.put("stages", stages);
            return json;
        });
    }

    private static void hoist(Map<String, Object> step, List<Object> stages) {
        if (!(step.get("stage") instanceof Map<?, ?> carried)) {
            return;
        }
        Map<String, Object> stage = new LinkedHashMap<>();
        stage.put("name", carried.get("name"));
        stage.put("rule", carried.get("rule"));
        stage.put("gates", gates(carried.get("approval"), carried.get("bakeTime")));
        stages.add(stage);
        step.put("stage", carried.get("name"));
    }

    private static List<Object> gates(@Nullable Object approval, @Nullable Object bakeTime) {
        List<Object> gates = new ArrayList<>();
        if (Boolean.TRUE.equals(approval)) {
            gates.add(Map.of("type", "approval", "name", "approval", "approvals", 1));
        }
        if (bakeTime != null) {
            gates.add(Map.of("type", "bake", "name", "bake", "time", bakeTime));
        }
        return gates;
    }

    @SuppressWarnings("unchecked") // a JSON object
    private static Map<String, Object> object(Object json) {
        return (Map<String, Object>) json;
    }
}
