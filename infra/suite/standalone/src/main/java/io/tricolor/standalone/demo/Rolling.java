package io.tricolor.standalone.demo;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Instance by instance, there and back, with as many that serve and as few that run as the policy says. */
final class Rolling extends Play {

    private static final int INSTANCES = 4;
    private static final int FLOOR = INSTANCES - 1;
    private static final int CEILING = INSTANCES + 1;
    private static final Map<String, Object> POLICY = Map.of("rolling", Map.of("maxSurge", "1", "maxUnavailable", "1"));

    private int fewestServing = Integer.MAX_VALUE;
    private int mostRunning;
    private int looks;

    Rolling(Scene scene) {
        super(scene);
    }

    @Override
    int instances() {
        return INSTANCES;
    }

    @Override
    void release() throws IOException, InterruptedException {
        String upgrade = upgrade("ROLLING", POLICY);
        scene().story()
                .tell("olivia rolls 2.0.0 out on B: at most one more of " + INSTANCES + " instances runs, at most one"
                        + " fewer serves");
        watch("the rolling upgrade to 2.0.0 on B", upgrade);
        phase("A to B by instances");
        scene().story().tell("2.0.0 on B serves everybody, A is RED and stopped");
    }

    @Override
    void rollBack() throws InterruptedException {
        String rollback = rollback(POLICY);
        scene().story().tell("olivia rolls back the same way");
        watch("the rolling rollback to 1.0.0 on A", rollback);
        phase("B to A by instances");
        scene().story().tell("1.0.0 on A serves everybody again, B is RED and stopped");
    }

    private void watch(String what, String upgrade) throws InterruptedException {
        scene().shop().await(what, group(), upgrade, view -> {
            look();
            return Shop.isCompleted(view);
        });
    }

    private void look() throws InterruptedException {
        int serving = 0;
        int running = 0;
        for (JsonNode cluster : scene().shop().group(group()).path("clusters")) {
            boolean isRed = cluster.path("status").asString("").equals("RED");
            for (JsonNode service : cluster.path("observed").path("services")) {
                running += service.path("running").asInt();
                for (JsonNode instance : service.path("instances")) {
                    boolean serves = instance.path("healthy").asBoolean(false)
                            && !instance.path("withdrawn").asBoolean(false);
                    serving += serves && !isRed ? 1 : 0;
                }
            }
        }
        looks++;
        fewestServing = Math.min(fewestServing, serving);
        mostRunning = Math.max(mostRunning, running);
    }

    @Override
    void judge(List<Exchange> exchanges, List<JsonNode> history) {
        Desired desired = Desired.in(history);
        scene().story().lines("INSTANCES that were asked for", desired.moves());
        scene().story()
                .lines(
                        "WATCHED " + looks + " times",
                        List.of(
                                String.format(Locale.ROOT, "at least %d served, the floor is %d", fewestServing, FLOOR),
                                String.format(Locale.ROOT, "at most %d ran, the ceiling is %d", mostRunning, CEILING)));
        check("never fewer than " + FLOOR + " instances served", fewestServing >= FLOOR);
        check("never more than " + CEILING + " instances ran", mostRunning <= CEILING && desired.most() <= CEILING);
    }
}
