package io.tricolor.standalone.demo;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** Two clusters try two releases on two audiences at once, while a third serves everybody else. */
final class Multi extends Play {

    private static final String TRIAL = "3.0.0-beta";
    private static final Duration LASTS = Duration.ofSeconds(6);
    private static final Map<String, Object> TRIED_BY = Map.of("all", false, "intervals", List.of(List.of(101, 599)));

    private Instant both = Instant.EPOCH;
    private Instant left = Instant.EPOCH;

    Multi(Scene scene) {
        super(scene);
    }

    @Override
    Map<String, String> versions() {
        return Map.of("A", Scene.FIRST, "B", NEXT, "C", TRIAL);
    }

    @Override
    int instances() {
        return 2;
    }

    @Override
    void release() throws IOException, InterruptedException {
        Story story = scene().story();
        scene().operator()
                .put(
                        "/api/groups/" + group() + "/clusters/C/instances",
                        Map.of(
                                "manifest",
                                scene().shop().manifest(TRIAL, instances(), Map.of()),
                                "reason",
                                "a trial of the next checkout page"));
        story.tell("olivia starts " + TRIAL + " on C, which stays RED");
        String upgrade = upgrade(
                "GRAYSCALE",
                Map.of("stages", List.of(Map.of("name", Grayscale.STAGE, "rule", Grayscale.RULE, "approval", true))));
        story.tell("olivia starts the upgrade to 2.0.0 on B: ids 1, 2, 3, intervals 1-100 and 600-10000 first");
        scene().shop().await("the grayscale stage", group(), upgrade, Shop::isAtGate);
        scene().shop()
                .until(
                        "the start of C",
                        group(),
                        () -> scene().shop()
                                .group(group())
                                .path("clusters")
                                .path("C")
                                .path("scaling")
                                .isMissingNode());
        phase("start 2.0.0 on B, beta on C");
        scene().operator()
                .put(
                        "/api/groups/" + group() + "/route-strategy",
                        Map.of(
                                "strategies",
                                Map.of("C", Map.of("status", "YELLOW", "id", TRIED_BY)),
                                "reason",
                                "they asked for the trial"));
        scene().shop().until("two YELLOW clusters", group(), this::isApplied);
        both = phase("C to its users");
        story.tell("every router applies it: B and C are YELLOW, each for its own users");
        Thread.sleep(LASTS);
        left = phase("two YELLOW at once");
        scene().approver()
                .post(
                        "/api/groups/" + group() + "/upgrades/" + upgrade + "/approval",
                        Map.of("stage", Grayscale.STAGE, "reason", "error rate and answers look good"));
        story.tell("adam approves 2.0.0; everybody goes to B but those who try C");
        complete("the upgrade to 2.0.0 on B", upgrade);
        phase("everybody to B, A stopped");
        story.tell("2.0.0 on B serves everybody else, A is RED and stopped");
    }

    private boolean isApplied() throws InterruptedException {
        JsonNode routers = scene().operator()
                .get("/api/groups/" + group() + "/router-configuration")
                .body();
        long newest = routers.path("newest").asLong(0);
        for (JsonNode router : routers.path("live")) {
            if (router.path("runs").path("version").asLong(0) < newest) {
                return false;
            }
        }
        return !routers.path("live").isEmpty();
    }

    @Override
    void rollBack() throws InterruptedException {
        String rollback = rollback(Map.of());
        scene().story().tell("olivia rolls back");
        complete("the rollback to 1.0.0 on A", rollback);
        phase("rollback to A, B stopped");
        scene().story().tell("1.0.0 on A serves everybody again, B is RED and stopped, C is RED as it was before");
    }

    @Override
    void judge(List<Exchange> exchanges, List<JsonNode> history) {
        Map<String, Set<String>> users = new TreeMap<>(Verdict.usersByCluster(exchanges, both, left));
        scene().story()
                .lines(
                        "TWO YELLOW AT ONCE, B for ids 1-100 and 600-10000, C for ids 101-599",
                        users.entrySet().stream()
                                .map(cluster ->
                                        cluster.getValue().size() + " users were answered by " + cluster.getKey())
                                .toList());
        check("exactly the listed users reached B", isExactly(users, "B", Grayscale::isListed));
        check("exactly the users who try it reached C", isExactly(users, "C", Multi::tries));
    }

    private static boolean isExactly(Map<String, Set<String>> users, String cluster, Predicate<String> listed) {
        Set<String> reached = users.getOrDefault(cluster, Set.of());
        Set<String> others = new TreeSet<>();
        users.forEach((name, those) -> {
            if (!name.equals(cluster)) {
                others.addAll(those);
            }
        });
        return !reached.isEmpty()
                && reached.stream().allMatch(listed)
                && others.stream().noneMatch(listed);
    }

    private static boolean tries(String user) {
        return user.matches("[1-9][0-9]{2}") && Integer.parseInt(user) >= 101 && Integer.parseInt(user) <= 599;
    }
}
