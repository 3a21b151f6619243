package io.tricolor.standalone.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Releases a version that fails one request in twenty to a tenth of the users, under traffic, with nobody watching: a
 * metric gate has to find it and take it back. Uses HTTP only.
 */
public final class BadRelease {

    private static final String VERSION = "2.0.0";
    private static final String STAGE = "a tenth";
    private static final int FAIL_PERCENT = 5;
    private static final int EXAMPLES = 5;
    private static final int INSTANCES = 3;

    /** Largest share of the users that may have met the fault. */
    private static final double MOST_USERS = 0.01;

    private final Scene scene;

    /**
     * What it found.
     *
     * @param requests in all
     * @param errors answered 500 by the bad release
     * @param otherFailures any other request that was not answered 200 by the cluster that the router names
     * @param users that sent requests
     * @param usersWithErrors of these, how many met an error
     * @param verdict how the gate put it; empty: it has not found the fault
     * @param found seconds from when the stage began at all routers to the verdict
     * @param back seconds from the verdict to when every router had the old rule again
     * @param examples of other failures, the first few
     * @param rebuiltEqualsLive whether the state built from the stream alone equals the live one
     */
    public record Summary(
            String group,
            int requests,
            int errors,
            int otherFailures,
            int users,
            int usersWithErrors,
            String verdict,
            double found,
            double back,
            boolean rebuiltEqualsLive,
            List<String> examples) {

        /** Whether the release was taken back by itself, before many users met the fault. */
        public boolean isPassed() {
            return !verdict.isEmpty()
                    && errors > 0
                    && otherFailures == 0
                    && usersWithErrors <= MOST_USERS * users
                    && rebuiltEqualsLive;
        }
    }

    public BadRelease(Scene scene) {
        this.scene = scene;
    }

    /** Runs it. Takes about a minute. */
    public Summary run() throws IOException, InterruptedException {
        Story story = scene.story();
        String group = scene.install(List.of("A", "B"), INSTANCES);
        Traffic traffic = scene.traffic(group);
        try {
            String upgrade = scene.shop().start(group, "/upgrades", release());
            story.tell("olivia starts the upgrade to " + VERSION + " on B, which fails " + FAIL_PERCENT
                    + " % of its requests, for a tenth of the users, and leaves");
            JsonNode ended = scene.shop().awaitEnd(group, upgrade);
            story.tell("the upgrade has ended: " + ended.path("status").asString("?"));
            scene.quiet();
        } finally {
            traffic.close();
        }
        return judge(group, traffic.exchanges());
    }

    private Map<String, Object> release() throws IOException {
        return Map.of(
                "mode",
                "GRAYSCALE",
                "to",
                "B",
                "manifest",
                scene.shop().manifest(VERSION, INSTANCES, Map.of("FAIL_PERCENT", Integer.toString(FAIL_PERCENT))),
                "stages",
                List.of(Map.of(
                        "name",
                        STAGE,
                        "rule",
                        Map.of("percent", 10),
                        "gates",
                        List.of(Map.of("type", "metric", "name", "errors", "minimumRequests", 5_000)),
                        "deadline",
                        "PT2M",
                        "onInconclusive",
                        "ROLL_BACK")),
                "reason",
                "new checkout page");
    }

    private Summary judge(String group, List<Exchange> exchanges) throws InterruptedException {
        int errors = 0;
        int others = 0;
        List<String> examples = new ArrayList<>();
        Set<String> users = new HashSet<>();
        Set<String> unlucky = new HashSet<>();
        for (Exchange exchange : exchanges) {
            String user = Objects.requireNonNullElse(exchange.userId(), "");
            if (!user.isEmpty()) {
                users.add(user);
            }
            if (exchange.status() == 500 && "B".equals(exchange.cluster())) {
                errors++;
                if (!user.isEmpty()) {
                    unlucky.add(user);
                }
            } else if (exchange.failed() || !Objects.equals(exchange.cluster(), exchange.appCluster())) {
                others++;
                if (examples.size() < EXAMPLES) {
                    examples.add(exchange.toString());
                }
            }
        }
        List<JsonNode> history = scene.shop().history(group);
        scene.story().history(history);
        JsonNode judged = event(history, "gate-judged");
        Instant staged = at(event(history, "route-strategies-changed", STAGE));
        Instant found = at(judged);
        Instant back = at(history.getLast().path("event"));
        boolean failed = judged.path("verdict").asString("").equals("FAIL");
        JsonNode rebuild = scene.rebuild(group);
        return new Summary(
                group,
                exchanges.size(),
                errors,
                others,
                users.size(),
                unlucky.size(),
                failed ? judged.path("evidence").toString() : "",
                failed ? Shop.seconds(staged, found) : 0,
                failed ? Shop.seconds(found, back) : 0,
                rebuild.path("equalsLive").asBoolean(false),
                List.copyOf(examples));
    }

    /** The first event of that kind whose text has all the words. */
    private static JsonNode event(List<JsonNode> history, String kind, String... words) {
        return history.stream()
                .filter(entry -> entry.path("type").asString("").equals("cluster-group." + kind))
                .map(entry -> entry.path("event"))
                .filter(event -> List.of(words).stream()
                        .allMatch(word -> event.toString().contains(word)))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    private static Instant at(JsonNode event) {
        String at = event.path("at").asString("");
        return at.isEmpty() ? Instant.EPOCH : Instant.parse(at);
    }
}
