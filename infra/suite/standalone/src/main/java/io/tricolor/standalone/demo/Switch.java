package io.tricolor.standalone.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Everybody at once, in one table; and back in one table, since the old cluster is kept running for a while. */
final class Switch extends Play {

    Switch(Scene scene) {
        super(scene);
    }

    @Override
    void release() throws IOException, InterruptedException {
        String upgrade = upgrade("SWITCH", Map.of("policy", Map.of("keepOld", "PT10M")));
        scene().story().tell("olivia starts the switch to 2.0.0 on B, and keeps A running for 10 min");
        complete("the switch to 2.0.0 on B", upgrade);
        phase("switch to B, A kept");
        scene().story().tell("2.0.0 on B serves everybody, A is RED and still runs");
    }

    @Override
    void rollBack() throws InterruptedException {
        String rollback = rollback(Map.of());
        scene().story().tell("olivia rolls back to A, which still runs");
        complete("the rollback to 1.0.0 on A", rollback);
        phase("rollback to A, B stopped");
        scene().story().tell("1.0.0 on A serves everybody again, B is RED and stopped");
    }

    @Override
    void judge(List<Exchange> exchanges, List<JsonNode> history) {
        List<String> colours = new ArrayList<>();
        Story.tables(history)
                .forEach(table -> colours.add(table.path("A").path("status").asString("") + "/"
                        + table.path("B").path("status").asString("")));
        check(
                "A and B changed colours in one table, there and back",
                colours.equals(List.of("GREEN/RED", "RED/GREEN", "GREEN/RED")));
    }
}
