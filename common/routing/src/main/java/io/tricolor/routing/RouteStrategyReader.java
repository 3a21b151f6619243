package io.tricolor.routing;

import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Makes strategies of the tree of a document, and of the ids and intervals that were taken out of it. */
final class RouteStrategyReader {

    private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,8}");
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setLabel(RouteStrategyDocument.ROOT)
            .setUseMarks(true)
            .setCodePointLimit(Integer.MAX_VALUE)
            .build();

    private final InlineSequences inline;
    private final InlineIds.@Nullable Keeper keeper;

    private RouteStrategyReader(InlineSequences inline, InlineIds.@Nullable Keeper keeper) {
        this.inline = inline;
        this.keeper = keeper;
    }

    static RouteStrategyDocument read(Reader text, InlineIds.@Nullable Keeper keeper) {
        try {
            InlineSequences inline =
                    new InlineSequences(SETTINGS, new DocumentReader(text, RouteStrategyDocument.MAX_LENGTH));
            Node root = new Composer(SETTINGS, inline)
                    .getSingleNode()
                    .orElseThrow(() -> new Rejected(INVALID_ARGUMENT, "the route strategy is empty"));
            return new RouteStrategyReader(inline, keeper).document(root);
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark()
                    .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ")
                    .orElse("");
            throw new Rejected(INVALID_ARGUMENT, place + "not YAML or JSON: " + e.getProblem());
        } catch (YamlEngineException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw new Rejected(INVALID_ARGUMENT, "the document has bytes that are not of its encoding, UTF-8");
            }
            throw new Rejected(INVALID_ARGUMENT, "not YAML or JSON: " + e.getMessage());
        }
    }

    RouteStrategyDocument document(Node root) {
        Map<String, Node> members = members(root, "", List.of(RouteStrategyDocument.ROOT));
        Node clusters = members.get(RouteStrategyDocument.ROOT);
        if (clusters == null) {
            throw refuse(INVALID_ARGUMENT, root, "", "'" + RouteStrategyDocument.ROOT + "' is missing");
        }
        SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
        members(clusters, RouteStrategyDocument.ROOT, null)
                .forEach((name, node) -> strategies.put(name, strategy(node, RouteStrategyDocument.ROOT + "." + name)));
        if (strategies.isEmpty()) {
            throw refuse(INVALID_ARGUMENT, clusters, RouteStrategyDocument.ROOT, "names no cluster");
        }
        return new RouteStrategyDocument(strategies);
    }

    private RouteStrategy strategy(Node node, String path) {
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
        return new RouteStrategy(status, rule(idNode, path + ".id"));
    }

    private IdRule rule(Node node, String path) {
        Map<String, Node> members = members(
                node,
                path,
                List.of(
                        "all",
                        "ids",
                        "interval",
                        "internal",
                        "intervals",
                        "percent",
                        RouteStrategyDocument.ID_LISTS,
                        RouteStrategyDocument.ID_LISTS_IN_JSON));
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
        Node ids = members.get("ids");
        requireList(ids, path + ".ids", "ids are a list, for example [1, 2, 3]");
        requireList(intervals, intervalsPath, "intervals are a list of pairs, for example [[1, 100], [600, 10000]]");
        BigDecimal percent = percent(members.get("percent"), path + ".percent");
        Node inYaml = members.get(RouteStrategyDocument.ID_LISTS);
        Node inJson = members.get(RouteStrategyDocument.ID_LISTS_IN_JSON);
        if (inYaml != null && inJson != null) {
            throw refuse(
                    INVALID_ARGUMENT,
                    inJson,
                    path + "." + RouteStrategyDocument.ID_LISTS_IN_JSON,
                    "the id lists are there twice");
        }
        List<IdList> lists = inYaml != null
                ? lists(inYaml, path + "." + RouteStrategyDocument.ID_LISTS)
                : lists(inJson, path + "." + RouteStrategyDocument.ID_LISTS_IN_JSON);
        try {
            return inline.idsOf(ids).toRule(all, inline.intervalsOf(intervals), percent, lists, keeper);
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
            Map<String, Node> members = members(element, place, List.of("sha256", "count", "kind"));
            Node sha256 = members.get("sha256");
            Node count = members.get("count");
            Node kind = members.get("kind");
            if (sha256 == null || count == null) {
                throw refuse(INVALID_ARGUMENT, element, place, "an id list is named by sha256 and count");
            }
            String number = scalar(count, place + ".count").getValue();
            if (!COUNT.matcher(number).matches()) {
                throw refuse(
                        INVALID_ARGUMENT, count, place + ".count", "'" + number + "' is no number of ids or intervals");
            }
            try {
                lists.add(new IdList(
                        scalar(sha256, place + ".sha256").getValue(),
                        Integer.parseInt(number),
                        kind == null
                                ? IdList.Kind.IDS
                                : IdList.Kind.parse(
                                        scalar(kind, place + ".kind").getValue())));
            } catch (IllegalArgumentException e) {
                throw refuse(INVALID_ARGUMENT, element, place, e.getMessage());
            }
        }
        return lists;
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

    private static void requireList(@Nullable Node node, String path, String expected) {
        elements(node, path, expected);
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
        return InlineSequences.refuse(code, node.getStartMark(), path, message);
    }
}
