package io.tricolor.standalone.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** Tells a person how the demo goes and what it found. */
public final class Story {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    private final PrintWriter out;
    private final Instant began = Instant.now();
    private final List<Phase> phases = new ArrayList<>();

    /** Prints to {@code out}. */
    public Story(PrintWriter out) {
        this.out = out;
    }

    void tell(String text) {
        double seconds = Duration.between(began, Instant.now()).toMillis() / 1e3;
        out.printf(Locale.ROOT, "%6.1f s  %s%n", seconds, text);
        out.flush();
    }

    void phase(String name, Instant from, Instant until) {
        phases.add(new Phase(name, from, until));
    }

    /** Prints who reached which cluster; true when exactly the listed users reached B. */
    boolean grayscale(Map<String, Set<String>> usersByCluster, Predicate<String> listed) {
        Set<String> onA = usersByCluster.getOrDefault("A", Set.of());
        Set<String> onB = usersByCluster.getOrDefault("B", Set.of());
        Set<String> strangers = new TreeSet<>(onB);
        strangers.removeIf(listed);
        Set<String> missed = new TreeSet<>(onA);
        missed.removeIf(user -> !listed.test(user));
        boolean exact = !onA.isEmpty() && !onB.isEmpty() && strangers.isEmpty() && missed.isEmpty();
        out.println();
        out.println("GRAYSCALE, rule ids [1,2,3] interval [[1,100],[600,10000]]");
        out.printf(
                "  %5d users were answered by B, %d of them not on the list%s%n",
                onB.size(), strangers.size(), some(strangers));
        out.printf(
                "  %5d users were answered by A, %d of them on the list%s%n", onA.size(), missed.size(), some(missed));
        out.flush();
        return exact;
    }

    void phases(List<Exchange> exchanges, Timeline timeline, Map<String, String> versions) {
        out.println();
        out.printf(
                "%-28s %8s %9s %7s %10s%s %8s %8s%n",
                "PHASE",
                "SECONDS",
                "REQUESTS",
                "FAILED",
                "MISROUTED",
                columns(versions, cluster -> "TO " + cluster),
                "P50 MS",
                "P99 MS");
        for (Phase phase : phases) {
            List<Exchange> inside = exchanges.stream()
                    .filter(one ->
                            !one.sent().isBefore(phase.from()) && one.sent().isBefore(phase.until()))
                    .toList();
            line(phase.name(), Duration.between(phase.from(), phase.until()), inside, timeline, versions);
        }
        Duration all = phases.isEmpty()
                ? Duration.ZERO
                : Duration.between(phases.getFirst().from(), phases.getLast().until());
        line("all", all, exchanges, timeline, versions);
        out.flush();
    }

    void history(List<JsonNode> history) {
        out.println();
        out.printf("%-5s %-12s %-9s %-30s %s%n", "EVENT", "TIME", "WHO", "WHAT", "WHY");
        for (JsonNode entry : history) {
            JsonNode event = entry.path("event");
            String what = entry.path("type").asString("").replace("cluster-group.", "");
            String detail = switch (what) {
                case "route-strategies-changed" -> colours(event.path("strategies"));
                case "upgrade-step-completed" -> event.path("kind").asString("");
                case "upgrade-started" ->
                    event.path("mode").asString("") + " to " + event.path("to").asString("");
                default -> "";
            };
            String why = entry.path("reason").asString(event.path("reason").asString(""));
            out.printf(
                    "%5d %-12s %-9s %-30s %s%n",
                    entry.path("sequence").asLong(),
                    clock(entry.path("at").asString("")),
                    entry.path("actor").asString(""),
                    what,
                    (detail + (detail.isEmpty() || why.isEmpty() ? "" : "; ") + why));
        }
        out.flush();
    }

    void lines(String title, List<String> lines) {
        out.println();
        out.println(title);
        lines.forEach(line -> out.println("  " + line));
        out.flush();
    }

    void rollbackPoints(List<JsonNode> points) {
        out.println();
        out.println("ROLLBACK POINTS");
        for (JsonNode point : points) {
            out.printf(
                    "  %s  event %d, cluster %s, version %s%n",
                    point.path("rollbackPointId").asString(""),
                    point.path("sequence").asLong(),
                    point.path("cluster").asString(""),
                    point.path("manifest").path("version").asString(""));
        }
        out.flush();
    }

    void stateAt(Instant moment, JsonNode group) {
        out.println();
        out.println("STATE AT " + clock(moment.toString()) + ", in the middle of the grayscale: event "
                + group.path("version").asLong() + ", table "
                + group.path("tableVersion").asLong());
        for (Map.Entry<String, JsonNode> cluster : group.path("clusters").properties()) {
            JsonNode id = cluster.getValue().path("id");
            String status = cluster.getValue().path("status").asString("");
            out.printf(
                    "  %s %-6s version %-7s %s%n",
                    cluster.getKey(),
                    status,
                    cluster.getValue().path("manifest").path("version").asString("-"),
                    status.equals("RED")
                            ? ""
                            : id.path("all").asBoolean(false)
                                    ? "everybody"
                                    : "ids " + id.path("ids") + ", intervals " + id.path("intervals"));
        }
        out.flush();
    }

    void rebuild(JsonNode rebuild) {
        out.println();
        out.printf(
                "REBUILD from %d events: %s%n",
                rebuild.path("events").asLong(),
                rebuild.path("equalsLive").asBoolean(false)
                        ? "equals the live state"
                        : "DIFFERS from the live state: " + rebuild.path("differences"));
        out.flush();
    }

    private void line(
            String name, Duration took, List<Exchange> exchanges, Timeline timeline, Map<String, String> versions) {
        Verdict verdict = Verdict.of(timeline, versions, exchanges);
        List<Double> millis = exchanges.stream()
                .map(one -> one.took().toNanos() / 1e6)
                .sorted()
                .toList();
        out.printf(
                Locale.ROOT,
                "%-28s %8.1f %9d %7d %10d%s %8s %8s%n",
                name,
                took.toMillis() / 1e3,
                exchanges.size(),
                verdict.failed(),
                verdict.misrouted(),
                columns(versions, cluster -> Long.toString(count(exchanges, cluster))),
                millis.isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f", Quantile.of(millis, 0.5)),
                millis.isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f", Quantile.of(millis, 0.99)));
    }

    private static String columns(Map<String, String> versions, Function<String, String> of) {
        StringBuilder columns = new StringBuilder();
        new TreeSet<>(versions.keySet())
                .forEach(cluster -> columns.append(String.format(Locale.ROOT, " %7s", of.apply(cluster))));
        return columns.toString();
    }

    private static long count(List<Exchange> exchanges, String cluster) {
        return exchanges.stream()
                .filter(one -> cluster.equals(one.appCluster()))
                .count();
    }

    /** The strategies of each table in a history. */
    static List<JsonNode> tables(List<JsonNode> history) {
        return history.stream()
                .filter(entry -> entry.path("type").asString("").equals("cluster-group.route-strategies-changed"))
                .map(entry -> entry.path("event").path("strategies"))
                .toList();
    }

    private static String colours(JsonNode strategies) {
        List<String> words = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : strategies.properties()) {
            JsonNode id = entry.getValue().path("id");
            String status = entry.getValue().path("status").asString("");
            String who = status.equals("RED")
                    ? ""
                    : id.path("all").asBoolean(false)
                            ? " all"
                            : id.path("ids").isEmpty() && id.path("intervals").isEmpty() ? " nobody" : " listed";
            words.add(entry.getKey() + "=" + status + who);
        }
        return String.join(", ", words);
    }

    private static String some(Set<String> users) {
        return users.isEmpty() ? "" : ": " + users.stream().limit(10).toList();
    }

    private static String clock(String instant) {
        return instant.isEmpty()
                ? ""
                : LocalTime.ofInstant(Instant.parse(instant), ZoneId.systemDefault())
                        .truncatedTo(ChronoUnit.MILLIS)
                        .format(CLOCK);
    }

    private record Phase(String name, Instant from, Instant until) {}
}
