package io.tricolor.standalone.demo;

import io.tricolor.standalone.security.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/**
 * Installs version 1 on cluster A, brings version 2 to B by grayscale with an approval, goes back to A, all under
 * traffic; then asks the history. Uses HTTP only, as an operator, an approver and users would.
 */
public final class Demo {

    private static final String STAGE = "whitelist";
    private static final Map<String, String> VERSIONS = Map.of("A", "1.0.0", "B", "2.0.0");
    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final Duration GRAYSCALE = Duration.ofSeconds(8);

    private final URI gateway;
    private final int ratePerSecond;
    private final long seed;
    private final Story story;
    private final HttpClient client;
    private final Api operator;
    private final Api approver;
    private final Shop shop;

    /**
     * @param strategy root of strategy-service
     * @param gateway root of the router
     * @param artifact jar of the sample application
     */
    public Demo(URI strategy, URI gateway, SigningKey key, Path artifact, int ratePerSecond, long seed, Story story) {
        this.gateway = gateway;
        this.ratePerSecond = ratePerSecond;
        this.seed = seed;
        this.story = story;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        Instant now = Instant.now();
        this.operator =
                new Api(client, strategy, key.token("olivia", List.of("operator", "viewer"), now, Duration.ofHours(1)));
        this.approver =
                new Api(client, strategy, key.token("adam", List.of("approver", "viewer"), now, Duration.ofHours(1)));
        this.shop = new Shop(operator, artifact, story);
    }

    /** Runs it. Takes about two minutes. */
    public DemoSummary run() throws IOException, InterruptedException {
        String group = shop.create();
        Instant installBegan = Instant.now();
        install(group);
        Instant installed = Instant.now();
        story.phase("install 1.0.0 on A", installBegan, installed);
        Traffic traffic = Traffic.start(client, URI.create(gateway + "/" + group), ratePerSecond, seed);
        Instant[] middle = new Instant[2];
        Instant upgraded;
        Instant upgradeBegan;
        Instant rollbackBegan;
        Instant rolledBack;
        try {
            Thread.sleep(Traffic.RAMP.plus(QUIET));
            story.tell("traffic runs: " + ratePerSecond + " requests a second, seed " + seed);
            upgradeBegan = Instant.now();
            story.phase("1.0.0 on A", installed, upgradeBegan);
            String upgrade = startGrayscale(group);
            middle = passStage(group, upgrade, upgradeBegan);
            shop.await("the upgrade to 2.0.0 on B", group, upgrade, Shop::isCompleted);
            upgraded = Instant.now();
            story.phase("everybody to B, A stopped", middle[1], upgraded);
            story.tell("2.0.0 on B serves everybody, A is RED and stopped");
            Thread.sleep(QUIET);
            rollbackBegan = Instant.now();
            story.phase("2.0.0 on B", upgraded, rollbackBegan);
            String rollback = startRollback(group);
            shop.await("the rollback to 1.0.0 on A", group, rollback, Shop::isCompleted);
            rolledBack = Instant.now();
            story.phase("rollback to A, B stopped", rollbackBegan, rolledBack);
            story.tell("1.0.0 on A serves everybody again, B is RED and stopped");
            Thread.sleep(QUIET);
            story.phase("1.0.0 on A again", rolledBack, Instant.now());
        } finally {
            traffic.close();
        }
        return judge(
                group,
                traffic.exchanges(),
                middle,
                Shop.seconds(installBegan, installed),
                Shop.seconds(upgradeBegan, upgraded),
                Shop.seconds(rollbackBegan, rolledBack));
    }

    private void install(String group) throws IOException, InterruptedException {
        String upgrade = shop.start(
                group,
                "/upgrades",
                Map.of(
                        "mode", "INSTALL",
                        "to", "A",
                        "manifest", shop.manifest(version("A"), Map.of()),
                        "reason", "first release of the shop"));
        shop.await("the installation of 1.0.0 on A", group, upgrade, Shop::isCompleted);
        story.tell("1.0.0 installed on A, 3 instances, serves everybody");
    }

    private String startGrayscale(String group) throws IOException, InterruptedException {
        Map<String, Object> rule = Map.of(
                "all", false,
                "ids", List.of("1", "2", "3"),
                "intervals", List.of(List.of("1", "100"), List.of("600", "10000")));
        String upgrade = shop.start(
                group,
                "/upgrades",
                Map.of(
                        "mode", "GRAYSCALE",
                        "to", "B",
                        "manifest", shop.manifest(version("B"), Map.of()),
                        "stages", List.of(Map.of("name", STAGE, "rule", rule, "approval", true)),
                        "reason", "new checkout page"));
        story.tell("olivia starts the upgrade to 2.0.0 on B: ids 1, 2, 3, intervals 1-100 and 600-10000 first");
        return upgrade;
    }

    /** The time between which the stage's rule was in force everywhere. */
    private Instant[] passStage(String group, String upgrade, Instant began) throws InterruptedException {
        shop.await("the grayscale stage", group, upgrade, view -> "GATE".equals(Shop.currentStep(view)));
        Instant converged = Instant.now();
        story.phase("start 2.0.0 on B", began, converged);
        story.tell("every router applies the rule; B is YELLOW");
        Thread.sleep(GRAYSCALE);
        Instant left = Instant.now();
        approver.post(
                "/api/groups/" + group + "/upgrades/" + upgrade + "/approval",
                Map.of("stage", STAGE, "reason", "error rate and answers look good"));
        story.phase("grayscale: whitelist on B", converged, left);
        story.tell("adam approves; everybody goes to B");
        return new Instant[] {converged, left};
    }

    private String startRollback(String group) throws InterruptedException {
        String rollback = shop.start(group, "/rollbacks", Map.of("reason", "customers miss the old page"));
        story.tell("olivia rolls back");
        return rollback;
    }

    private DemoSummary judge(
            String group,
            List<Exchange> exchanges,
            Instant[] grayscale,
            double installSeconds,
            double upgradeSeconds,
            double rollbackSeconds)
            throws InterruptedException {
        List<JsonNode> history = shop.history(group);
        Timeline timeline = Timeline.of(history);
        Verdict verdict = Verdict.of(timeline, VERSIONS, exchanges);
        Map<String, Set<String>> users = Verdict.usersByCluster(exchanges, grayscale[0], grayscale[1]);
        boolean exact = story.grayscale(users, Demo::isListed);
        story.phases(exchanges, timeline, VERSIONS);
        story.history(history);
        story.rollbackPoints(Shop.items(
                operator.get("/api/groups/" + group + "/rollback-points").body()));
        Instant moment =
                grayscale[0].plus(Duration.between(grayscale[0], grayscale[1]).dividedBy(2));
        story.stateAt(
                moment,
                operator.get("/api/groups/" + group + "/state?at=" + moment).body());
        JsonNode rebuild = operator.get("/api/groups/" + group + "/rebuild").body();
        boolean equal = rebuild.path("equalsLive").asBoolean(false);
        story.rebuild(rebuild);
        List<Double> millis = exchanges.stream()
                .map(one -> one.took().toNanos() / 1e6)
                .sorted()
                .toList();
        return new DemoSummary(
                group,
                exchanges.size(),
                verdict.failed(),
                verdict.misrouted(),
                rebuild.path("events").asLong(history.size()),
                equal,
                exact,
                installSeconds,
                upgradeSeconds,
                rollbackSeconds,
                Quantile.of(millis, 0.5),
                Quantile.of(millis, 0.99),
                verdict.examples());
    }

    private static boolean isListed(String user) {
        if (!user.matches("[1-9][0-9]{0,9}")) {
            return false;
        }
        long id = Long.parseLong(user);
        return (id >= 1 && id <= 100) || (id >= 600 && id <= 10_000);
    }

    private static String version(String cluster) {
        return VERSIONS.getOrDefault(cluster, "");
    }
}
