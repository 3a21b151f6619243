package io.tricolor.cli.command;

import io.tricolor.cli.http.Problems;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Durations;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Parts of answers in words. */
final class Views {

    private static final int SHOWN_IDS = 5;
    private static final Pattern FRACTION = Pattern.compile("(T[0-9]{2}:[0-9]{2}:[0-9]{2})\\.[0-9]{1,9}Z");

    private Views() {}

    /** Whom a cluster takes. */
    static String takes(String status, JsonNode rule) {
        if (status.equals("RED")) {
            return "nobody";
        }
        return rule(rule);
    }

    /** The same of a cluster in a list, which says how many only. */
    static String takesInList(JsonNode cluster) {
        JsonNode takes = cluster.path("takes");
        if (cluster.path("status").asString("").equals("RED")) {
            return "nobody";
        }
        if (takes.path("all").asBoolean(false)) {
            return "everybody";
        }
        List<String> parts = new ArrayList<>();
        for (String what : List.of("ids", "intervals")) {
            long number = takes.path(what).asLong(0);
            if (number > 0) {
                parts.add(number == 1 ? "1 " + what.substring(0, what.length() - 1) : number + " " + what);
            }
        }
        if (takes.path("percent").isNumber()) {
            parts.add(percent(takes.path("percent").decimalValue()) + " % of all ids");
        }
        return parts.isEmpty() ? "nobody" : String.join(", ", parts);
    }

    /** {@code web 3/3}: healthy of desired, of a cluster in a list. */
    static String instancesInList(JsonNode cluster) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> desired : cluster.path("desired").properties()) {
            parts.add(desired.getKey() + " "
                    + cluster.path("healthy").path(desired.getKey()).asString("?") + "/"
                    + desired.getValue().asLong(0));
        }
        return parts.isEmpty() ? "-" : String.join(", ", parts);
    }

    /** What somebody should know of a cluster in a list besides. */
    static String remarksInList(JsonNode cluster) {
        List<String> remarks = new ArrayList<>();
        if (cluster.path("scaling").asBoolean(false)) {
            remarks.add("scaling");
        }
        String failure = cluster.path("failure").asString("");
        if (!failure.isEmpty()) {
            remarks.add(failure);
        }
        return String.join("; ", remarks);
    }

    /** Whom a rule names. */
    static String rule(JsonNode rule) {
        if (rule.path("all").asBoolean(false)) {
            return "everybody";
        }
        List<String> parts = new ArrayList<>();
        JsonNode ids = rule.path("ids");
        if (!ids.isEmpty()) {
            List<String> some = ids.valueStream()
                    .limit(SHOWN_IDS)
                    .map(id -> id.asString(""))
                    .toList();
            parts.add(
                    ids.size() <= SHOWN_IDS
                            ? (ids.size() == 1 ? "id " : "ids ") + String.join(", ", some)
                            : ids.size() + " ids");
        }
        JsonNode intervals = rule.path("intervals");
        if (!intervals.isEmpty()) {
            parts.add(
                    intervals.size() <= SHOWN_IDS
                            ? String.join(
                                    ", ",
                                    intervals
                                            .valueStream()
                                            .map(ends -> ends.path(0).asString("") + "–"
                                                    + ends.path(1).asString(""))
                                            .toList())
                            : intervals.size() + " intervals");
        }
        JsonNode percent = rule.path("percent");
        if (percent.isNumber()) {
            parts.add(percent(percent.decimalValue()) + " % of all ids");
        }
        for (JsonNode list : rule.path("idLists")) {
            parts.add("a list of " + list.path("count").asLong(0) + " "
                    + list.path("kind").asString("ids"));
        }
        return parts.isEmpty() ? "nobody" : String.join(", ", parts);
    }

    private static String percent(BigDecimal percent) {
        return percent.stripTrailingZeros().toPlainString();
    }

    /** {@code web 3/3}: healthy of desired. */
    static String instances(JsonNode cluster) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> desired : cluster.path("instances").properties()) {
            String healthy = "?";
            for (JsonNode seen : cluster.path("observed").path("services")) {
                if (seen.path("service").asString("").equals(desired.getKey())) {
                    healthy = Long.toString(seen.path("healthy").asLong(0));
                }
            }
            parts.add(
                    desired.getKey() + " " + healthy + "/" + desired.getValue().asLong(0));
        }
        return parts.isEmpty() ? "-" : String.join(", ", parts);
    }

    /** What somebody should know of a cluster besides. */
    static String remarks(JsonNode cluster) {
        List<String> remarks = new ArrayList<>();
        if (cluster.has("scaling")) {
            remarks.add("scaling to " + pairs(cluster.path("scaling").path("instances"))
                    + missing(cluster.path("scaling")));
        }
        String failure = cluster.path("observed").path("failure").asString("");
        if (!failure.isEmpty()) {
            remarks.add(failure);
        }
        String advice = Problems.advice(
                cluster.path("observed").path("problem").path("code").asString(""));
        if (advice != null) {
            remarks.add(advice);
        }
        return String.join("; ", remarks);
    }

    /** {@code a 1, b 2}. */
    static String pairs(JsonNode map) {
        return String.join(
                ", ",
                map.properties().stream()
                        .map(one -> one.getKey() + " " + one.getValue().asString(""))
                        .toList());
    }

    /** {@code : waits for …}; empty when nothing is missing. */
    static String missing(JsonNode under) {
        String missing = waitsFor(under.path("missing"));
        return missing.isEmpty() ? "" : ", waits for " + missing;
    }

    /** What is missing, in words of the service. */
    static String waitsFor(JsonNode missing) {
        return String.join(
                "; ",
                missing.properties().stream()
                        .map(one -> one.getKey() + ": "
                                + FRACTION.matcher(one.getValue().asString("")).replaceAll("$1Z"))
                        .toList());
    }

    /** One line about the upgrade that runs; empty when none does. */
    static String running(JsonNode upgrade) {
        if (upgrade.isMissingNode() || upgrade.isNull()) {
            return "";
        }
        return upgrade.path("mode").asString("upgrade") + " to "
                + upgrade.path("version").asString("?") + " on "
                + upgrade.path("to").asString("?") + ", step "
                + (upgrade.path("step").asInt(0) + 1) + "/"
                + upgrade.path("steps").asInt(0) + " " + upgrade.path("title").asString("")
                + (upgrade.path("paused").asBoolean(false) ? ", PAUSED" : "")
                + (upgrade.path("aborting").asBoolean(false) ? ", on its way back" : "");
    }

    /** All clusters in one cell: {@code A GREEN 1.0.0 web 3/3}. */
    static String clusters(JsonNode group) {
        return String.join(
                " · ",
                group.path("clusters").properties().stream()
                        .map(named -> named.getKey() + " "
                                + named.getValue().path("status").asString("?")
                                + suffix(release(named.getValue())))
                        .toList());
    }

    private static String suffix(String release) {
        return release.isEmpty() ? "" : " " + release;
    }

    /** The release of a cluster, as a list or the whole group says it; empty when it has none. */
    static String release(JsonNode cluster) {
        return cluster.path("release")
                .asString(cluster.path("manifest").path("version").asString(""));
    }

    /** A gate of a stage. */
    static String gate(JsonNode gate) {
        String type = gate.path("type").asString("");
        String name = gate.path("name").asString("");
        String words = switch (type) {
            case "approval" ->
                gate.path("approvals").asInt(1) == 1
                        ? "an approval"
                        : gate.path("approvals").asInt(1) + " approvals";
            case "bake" -> Durations.words(gate.path("time").asString("")) + " of bake time";
            case "schedule" -> "a time of its schedule";
            case "metric" -> gate.path("measure").asString("").equals("LATENCY") ? "latency" : "error rate";
            default -> type;
        };
        return name.equals(type) || name.isEmpty() ? words : words + " (" + name + ")";
    }

    static Cell status(JsonNode node, String member) {
        return Cell.status(node.path(member).asString("?"));
    }

    static String moment(JsonNode node, String member) {
        String text = node.path(member).asString("");
        return text.isEmpty() ? "-" : Durations.moment(text);
    }
}
