package io.tricolor.standalone.demo;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Some users by a list, an approval by a second person, then everybody. */
final class Grayscale extends Play {

    /** Its approval ends the stage. */
    static final String STAGE = "whitelist";

    /** Whom the stage names. */
    static final Map<String, Object> RULE = Map.of(
            "all", false,
            "ids", List.of("1", "2", "3"),
            "intervals", List.of(List.of("1", "100"), List.of("600", "10000")));

    private static final Duration LASTS = Duration.ofSeconds(8);

    private Instant converged = Instant.EPOCH;
    private Instant left = Instant.EPOCH;

    Grayscale(Scene scene) {
        super(scene);
    }

    @Override
    void release() throws IOException, InterruptedException {
        Story story = scene().story();
        String upgrade =
                upgrade("GRAYSCALE", Map.of("stages", List.of(Map.of("name", STAGE, "rule", RULE, "approval", true))));
        story.tell("olivia starts the upgrade to 2.0.0 on B: ids 1, 2, 3, intervals 1-100 and 600-10000 first");
        scene().shop().await("the grayscale stage", group(), upgrade, Shop::isAtGate);
        converged = phase("start 2.0.0 on B");
        story.tell("every router applies the rule; B is YELLOW");
        Thread.sleep(LASTS);
        left = phase("grayscale: whitelist on B");
        scene().approver()
                .post(
                        "/api/groups/" + group() + "/upgrades/" + upgrade + "/approval",
                        Map.of("stage", STAGE, "reason", "error rate and answers look good"));
        story.tell("adam approves; everybody goes to B");
        complete("the upgrade to 2.0.0 on B", upgrade);
        phase("everybody to B, A stopped");
        story.tell("2.0.0 on B serves everybody, A is RED and stopped");
    }

    @Override
    void rollBack() throws InterruptedException {
        String rollback = rollback(Map.of());
        scene().story().tell("olivia rolls back");
        complete("the rollback to 1.0.0 on A", rollback);
        phase("rollback to A, B stopped");
        scene().story().tell("1.0.0 on A serves everybody again, B is RED and stopped");
    }

    @Override
    void judge(List<Exchange> exchanges, List<JsonNode> history) throws InterruptedException {
        Map<String, Set<String>> users = Verdict.usersByCluster(exchanges, converged, left);
        check("exactly the listed users reached B", scene().story().grayscale(users, Grayscale::isListed));
        Instant moment = converged.plus(Duration.between(converged, left).dividedBy(2));
        scene().story()
                .stateAt(
                        moment,
                        scene().operator()
                                .get("/api/groups/" + group() + "/state?at=" + moment)
                                .body());
    }

    static boolean isListed(String user) {
        if (!user.matches("[1-9][0-9]{0,9}")) {
            return false;
        }
        long id = Long.parseLong(user);
        return (id >= 1 && id <= 100) || (id >= 600 && id <= 10_000);
    }
}
