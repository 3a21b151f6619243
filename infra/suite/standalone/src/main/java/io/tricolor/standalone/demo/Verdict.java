package io.tricolor.standalone.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Judges requests by the tables that were in force. */
public final class Verdict {

    private static final int EXAMPLES = 5;

    private final Timeline timeline;
    private final Map<String, String> versions;
    private final List<String> examples = new ArrayList<>();
    private int failed;
    private int misrouted;

    /** @param versions of the release that each cluster runs */
    Verdict(Timeline timeline, Map<String, String> versions) {
        this.timeline = timeline;
        this.versions = versions;
    }

    /**
     * Judges them all.
     *
     * @param versions of the release that each cluster runs
     */
    public static Verdict of(Timeline timeline, Map<String, String> versions, List<Exchange> exchanges) {
        var verdict = new Verdict(timeline, versions);
        exchanges.forEach(verdict::judge);
        return verdict;
    }

    int failed() {
        return failed;
    }

    /** Answers of a cluster that no table in force gave the user, or of another release or cluster than was said. */
    public int misrouted() {
        return misrouted;
    }

    /** The first few of what went wrong, for people. */
    public List<String> examples() {
        return List.copyOf(examples);
    }

    /** Users whose requests were all sent and answered in a span of time, by the cluster that answered. */
    static Map<String, Set<String>> usersByCluster(List<Exchange> exchanges, Instant from, Instant until) {
        Map<String, Set<String>> users = new LinkedHashMap<>();
        for (Exchange exchange : exchanges) {
            String cluster = exchange.appCluster();
            String user = exchange.userId();
            boolean inside =
                    !exchange.sent().isBefore(from) && !exchange.answered().isAfter(until);
            if (inside && cluster != null && user != null) {
                users.computeIfAbsent(cluster, _ -> new TreeSet<>()).add(user);
            }
        }
        return users;
    }

    private void judge(Exchange exchange) {
        if (exchange.failed()) {
            failed++;
            example("failed: " + describe(exchange) + " -> " + exchange.status() + " " + exchange.failure());
            return;
        }
        Set<String> allowed = timeline.allowed(exchange.userId(), exchange.sent(), exchange.answered());
        String cluster = exchange.appCluster();
        boolean asRouted = cluster != null && cluster.equals(exchange.cluster());
        boolean asReleased =
                cluster != null && versions.getOrDefault(cluster, "").equals(exchange.version());
        if (cluster == null || !asRouted || !asReleased || !allowed.contains(cluster)) {
            misrouted++;
            example("misrouted: " + describe(exchange) + " -> " + cluster + " version " + exchange.version()
                    + ", router says " + exchange.cluster() + ", allowed " + allowed);
        }
    }

    private void example(String text) {
        if (examples.size() < EXAMPLES) {
            examples.add(text);
        }
    }

    private static String describe(Exchange exchange) {
        return exchange.sent() + " " + exchange.method() + " user " + exchange.userId() + " after "
                + exchange.took().toMillis() + " ms";
    }
}
