package io.tricolor.routing;

import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static io.tricolor.contracts.Rejection.Code.INVALID_ID;
import static io.tricolor.contracts.Rejection.Code.INVALID_INTERVAL;
import static io.tricolor.contracts.Rejection.Code.PAYLOAD_TOO_LARGE;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * The strategies of a group as a person writes them, in YAML or JSON:
 *
 * <pre>{@code
 * route-strategy:
 *   A:
 *     status: Y
 *     id:
 *       all: false
 *       ids: [1, 2, 3]
 *       interval: [[1,100], [600,10000]]
 *   B:
 *     status: G
 *     id:
 *       all: true
 * }</pre>
 *
 * <p>{@code internal} and {@code intervals} are read as {@code interval}; {@code percent} is the fourth way to name users, {@code
 * id-lists: [{sha256: …, count: …}]} the fifth ({@code idLists} is read as well). An id that
 * is no canonical int64 is a text; where YAML would read a number, truth value or null it has to stand in quotes. Nothing is
 * guessed: members that are unknown or there twice are refused, and every refusal names the line, the column and the path.
 *
 * @param strategies by cluster name
 */
public record RouteStrategyDocument(SortedMap<String, RouteStrategy> strategies) {

    /** Longest document, in characters. */
    public static final int MAX_LENGTH = 1_000_000;

    private static final String ROOT = "route-strategy";
    private static final String ID_LISTS = "id-lists";
    private static final String ID_LISTS_IN_JSON = "idLists";
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setLabel(ROOT)
            .setUseMarks(true)
            .setCodePointLimit(MAX_LENGTH)
            .build();

    /** {@code interval:[[1,100]]} is one word for YAML; people write it all the same. */
    private static final Pattern NO_BLANK_AFTER_COLON =
            Pattern.compile("(?m)^([ \\t]*(?:ids|interval|internal|intervals)):(?=\\[)");

    private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");
    private static final Pattern YAML_WORD = Pattern.compile("(?i)y|n|yes|no|on|off|true|false|null");

    public RouteStrategyDocument {
        strategies = Collections.unmodifiableSortedMap(new TreeMap<>(strategies));
    }

    /**
     * Reads YAML 1.2 or JSON in which no rule names more ids than it may carry.
     *
     * @throws Rejected with INVALID_ARGUMENT, INVALID_ID, INVALID_INTERVAL or PAYLOAD_TOO_LARGE
     */
    public static RouteStrategyDocument parse(String text) {
        return read(text, null);
    }

    /**
     * Reads YAML 1.2 or JSON. Where a rule names more ids than it may carry, the numeric ones become a list.
     *
     * @param keeper called once for each such rule, in order; what it throws is passed on
     * @throws Rejected as the other one does
     */
    public static RouteStrategyDocument parse(String text, InlineIds.Keeper keeper) {
        return read(text, keeper);
    }

    private static RouteStrategyDocument read(String text, InlineIds.@Nullable Keeper keeper) {
        if (text.length() > MAX_LENGTH) {
            throw new Rejected(PAYLOAD_TOO_LARGE, "a route strategy has at most " + MAX_LENGTH + " characters");
        }
        Node root;
        try {
            root = new Compose(SETTINGS)
                    .composeString(NO_BLANK_AFTER_COLON.matcher(text).replaceAll("$1: "))
                    .orElseThrow(() -> new Rejected(INVALID_ARGUMENT, "the route strategy is empty"));
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark()
                    .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ")
                    .orElse("");
            throw new Rejected(INVALID_ARGUMENT, place + "not YAML or JSON: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new Rejected(INVALID_ARGUMENT, "not YAML or JSON: " + e.getMessage());
        }
        Map<String, Node> members = members(root, "", List.of(ROOT));
        Node clusters = members.get(ROOT);
        if (clusters == null) {
            throw refuse(INVALID_ARGUMENT, root, "", "'" + ROOT + "' is missing");
        }
        SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
        members(clusters, ROOT, null)
                .forEach((name, node) -> strategies.put(name, strategy(node, ROOT + "." + name, keeper)));
        if (strategies.isEmpty()) {
            throw refuse(INVALID_ARGUMENT, clusters, ROOT, "names no cluster");
        }
        return new RouteStrategyDocument(strategies);
    }

    private static RouteStrategy strategy(Node node, String path, InlineIds.@Nullable Keeper keeper) {
        Map<String, Node> members = members(node, path, List.of("status", "id"));
        Node statusNode = members.get("status");
        if (statusNode == null) {
            throw refuse(INVALID_ARGUMENT, node, path, "'status' is missing (R, Y or G)");
        }
        ClusterStatus status;
        try {
            status = ClusterStatus.parse(scalar(statusNode, path + ".status").getValue());
        } catch (IllegalArgumentException e) {
            throw refuse(INVALID_ARGUMENT, statusNode, path + ".status", e.getMessage());
        }
        Node idNode = members.get("id");
        if (idNode == null) {
            if (status == ClusterStatus.RED) {
                return RouteStrategy.red();
            }
            throw refuse(INVALID_ARGUMENT, node, path, "'id' is missing: who is taken by a cluster that is not R?");
        }
        return new RouteStrategy(status, rule(idNode, path + ".id", keeper));
    }

    private static IdRule rule(Node node, String path, InlineIds.@Nullable Keeper keeper) {
        Map<String, Node> members = members(
                node,
                path,
                List.of("all", "ids", "interval", "internal", "intervals", "percent", ID_LISTS, ID_LISTS_IN_JSON));
        Node intervals = null;
        String intervalsPath = path;
        for (String name : List.of("interval", "internal", "intervals")) {
            Node candidate = members.get(name);
            if (candidate != null) {
                if (intervals != null) {
                    throw refuse(INVALID_ARGUMENT, candidate, path + "." + name, "the intervals are there twice");
                }
                intervals = candidate;
                intervalsPath = path + "." + name;
            }
        }
        boolean all = all(members.get("all"), path + ".all");
        InlineIds ids = ids(members.get("ids"), path + ".ids");
        List<IdInterval> closed = intervals(intervals, intervalsPath);
        BigDecimal percent = percent(members.get("percent"), path + ".percent");
        Node inYaml = members.get(ID_LISTS);
        Node inJson = members.get(ID_LISTS_IN_JSON);
        if (inYaml != null && inJson != null) {
            throw refuse(INVALID_ARGUMENT, inJson, path + "." + ID_LISTS_IN_JSON, "the id lists are there twice");
        }
        List<IdList> lists =
                inYaml != null ? lists(inYaml, path + "." + ID_LISTS) : lists(inJson, path + "." + ID_LISTS_IN_JSON);
        try {
            return ids.toRule(all, closed, percent, lists, keeper);
        } catch (IllegalArgumentException e) {
            throw refuse(INVALID_ARGUMENT, node, path, e.getMessage());
        }
    }

    private static boolean all(@Nullable Node node, String path) {
        if (node == null) {
            return false;
        }
        return switch (scalar(node, path).getValue()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw refuse(INVALID_ARGUMENT, node, path, "is true or false");
        };
    }

    private static List<IdList> lists(@Nullable Node node, String path) {
        List<IdList> lists = new ArrayList<>();
        for (Node element : elements(node, path, "id lists are a list, for example [{sha256: …, count: 5000}]")) {
            String place = path + "[" + lists.size() + "]";
            Map<String, Node> members = members(element, place, List.of("sha256", "count"));
            Node sha256 = members.get("sha256");
            Node count = members.get("count");
            if (sha256 == null || count == null) {
                throw refuse(INVALID_ARGUMENT, element, place, "an id list is named by sha256 and count");
            }
            String number = scalar(count, place + ".count").getValue();
            if (!COUNT.matcher(number).matches()) {
                throw refuse(INVALID_ARGUMENT, count, place + ".count", "'" + number + "' is no number of ids");
            }
            try {
                lists.add(new IdList(scalar(sha256, place + ".sha256").getValue(), Integer.parseInt(number)));
            } catch (IllegalArgumentException e) {
                throw refuse(INVALID_ARGUMENT, element, place, e.getMessage());
            }
        }
        return lists;
    }

    private static InlineIds ids(@Nullable Node node, String path) {
        InlineIds ids = new InlineIds();
        for (Node element : elements(node, path, "ids are a list, for example [1, 2, 3]")) {
            String place = path + "[" + ids.size() + "]";
            ScalarNode scalar = scalar(element, place);
            String text = scalar.getValue();
            boolean quoted = scalar.getScalarStyle() != ScalarStyle.PLAIN;
            boolean canonical = RequestId.isCanonicalInt64(text);
            if (!quoted && !canonical && INTEGER.matcher(text).matches()) {
                throw refuse(
                        INVALID_ID,
                        element,
                        place,
                        text + " is no int64 in plain decimal form; an id that is a text stands in quotes");
            }
            if (!quoted && !canonical && !scalar.getTag().equals(Tag.STR)) {
                throw refuse(
                        INVALID_ID,
                        element,
                        place,
                        "'" + text + "' is no integer; an id that is a text stands in quotes");
            }
            RequestId id = RequestId.of(text);
            if (id == null || !id.text().equals(text)) {
                throw refuse(
                        INVALID_ID,
                        element,
                        place,
                        "an id is not blank, has no blanks around it and at most " + RequestId.MAX_BYTES + " bytes");
            }
            ids.add(text);
        }
        return ids;
    }

    private static List<IdInterval> intervals(@Nullable Node node, String path) {
        List<IdInterval> intervals = new ArrayList<>();
        for (Node element :
                elements(node, path, "intervals are a list of pairs, for example [[1, 100], [600, 10000]]")) {
            String place = path + "[" + intervals.size() + "]";
            List<Node> ends = element instanceof SequenceNode pair ? pair.getValue() : List.of();
            if (ends.size() != 2) {
                throw refuse(INVALID_INTERVAL, element, place, "an interval is a pair, for example [1, 100]");
            }
            long from = end(ends.get(0), place + "[0]");
            long to = end(ends.get(1), place + "[1]");
            if (to < from) {
                throw refuse(INVALID_INTERVAL, element, place, "interval [" + from + ", " + to + "] is reversed");
            }
            intervals.add(new IdInterval(from, to));
        }
        return intervals;
    }

    private static long end(Node node, String path) {
        String text = scalar(node, path).getValue();
        if (!RequestId.isCanonicalInt64(text)) {
            throw refuse(INVALID_INTERVAL, node, path, "'" + text + "' is no int64 in plain decimal form");
        }
        return Long.parseLong(text);
    }

    private static @Nullable BigDecimal percent(@Nullable Node node, String path) {
        if (node == null || isNull(node)) {
            return null;
        }
        String text = scalar(node, path).getValue();
        if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,2}0*)?")) {
            throw refuse(INVALID_ARGUMENT, node, path, "'" + text + "' is not from 0 to 100 with at most two decimals");
        }
        BigDecimal percent = new BigDecimal(text);
        if (percent.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw refuse(INVALID_ARGUMENT, node, path, "percent is from 0 to 100, not " + text);
        }
        return percent;
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static ScalarNode scalar(Node node, String path) {
        if (node instanceof ScalarNode scalar) {
            return scalar;
        }
        throw refuse(INVALID_ARGUMENT, node, path, "is a single value, not a list or a map");
    }

    private static List<Node> elements(@Nullable Node node, String path, String expected) {
        if (node == null || isNull(node)) {
            return List.of();
        }
        if (node instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        throw refuse(INVALID_ARGUMENT, node, path, expected);
    }

    /** Members by name, in order; {@code known} null: any name. */
    private static Map<String, Node> members(Node node, String path, @Nullable List<String> known) {
        if (!(node instanceof MappingNode mapping)) {
            throw refuse(INVALID_ARGUMENT, node, path, "is a map");
        }
        Map<String, Node> members = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            String name = scalar(key, path).getValue();
            if (known != null && !known.contains(name)) {
                throw refuse(
                        INVALID_ARGUMENT, key, path, "'" + name + "' is unknown; known: " + String.join(", ", known));
            }
            if (members.put(name, tuple.getValueNode()) != null) {
                throw refuse(INVALID_ARGUMENT, key, path, "'" + name + "' is there twice");
            }
        }
        return members;
    }

    private static Rejected refuse(Rejection.Code code, Node node, String path, @Nullable String message) {
        String line = node.getStartMark()
                .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                .orElse("somewhere");
        return new Rejected(code, line + (path.isEmpty() ? "" : " (" + path + ")") + ": " + message);
    }

    /** YAML in the form shown above, clusters in order of their names, lists inline; reads back equal. */
    public String toYaml() {
        StringBuilder yaml = new StringBuilder(ROOT).append(":\n");
        strategies.forEach((cluster, strategy) -> {
            IdRule rule = strategy.id();
            boolean plain = PLAIN_NAME.matcher(cluster).matches()
                    && !YAML_WORD.matcher(cluster).matches();
            yaml.append("  ").append(plain ? cluster : quoted(cluster)).append(":\n");
            yaml.append("    status: ").append(strategy.status().letter()).append('\n');
            yaml.append("    id:\n");
            yaml.append("      all: ").append(rule.all()).append('\n');
            if (!rule.all() || !rule.ids().isEmpty()) {
                yaml.append("      ids: ")
                        .append(rule.ids().stream()
                                .map(id -> RequestId.isCanonicalInt64(id) ? id : quoted(id))
                                .collect(Collectors.joining(", ", "[", "]\n")));
            }
            if (!rule.all() || !rule.intervals().isEmpty()) {
                yaml.append("      interval: ")
                        .append(rule.intervals().stream()
                                .map(interval -> "[" + interval.from() + "," + interval.to() + "]")
                                .collect(Collectors.joining(", ", "[", "]\n")));
            }
            BigDecimal percent = rule.percent();
            if (percent != null) {
                yaml.append("      percent: ").append(percent.toPlainString()).append('\n');
            }
            if (!rule.idLists().isEmpty()) {
                yaml.append("      ")
                        .append(ID_LISTS)
                        .append(": ")
                        .append(rule.idLists().stream()
                                .map(list -> "{sha256: \"" + list.sha256() + "\", count: " + list.count() + "}")
                                .collect(Collectors.joining(", ", "[", "]\n")));
            }
        });
        return yaml.toString();
    }

    /** The same in JSON, ids and interval ends as text; reads back equal. */
    public String toJson() {
        return strategies.entrySet().stream()
                .map(cluster -> {
                    IdRule rule = cluster.getValue().id();
                    BigDecimal percent = rule.percent();
                    return quoted(cluster.getKey()) + ":{\"status\":"
                            + quoted(cluster.getValue().status().letter())
                            + ",\"id\":{\"all\":" + rule.all()
                            + ",\"ids\":"
                            + rule.ids().stream()
                                    .map(RouteStrategyDocument::quoted)
                                    .collect(Collectors.joining(",", "[", "]"))
                            + ",\"interval\":"
                            + rule.intervals().stream()
                                    .map(interval -> "[\"" + interval.from() + "\",\"" + interval.to() + "\"]")
                                    .collect(Collectors.joining(",", "[", "]"))
                            + (percent == null ? "" : ",\"percent\":" + percent.toPlainString())
                            + (rule.idLists().isEmpty() ? "" : lists(rule.idLists()))
                            + "}}";
                })
                .collect(Collectors.joining(",", "{\"" + ROOT + "\":{", "}}"));
    }

    private static String lists(List<IdList> lists) {
        return lists.stream()
                .map(list -> "{\"sha256\":\"" + list.sha256() + "\",\"count\":" + list.count() + "}")
                .collect(Collectors.joining(",", ",\"" + ID_LISTS_IN_JSON + "\":[", "]"));
    }

    /** A JSON string; a YAML double-quoted scalar reads the same. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
