package io.tricolor.cli.document;

import io.tricolor.cli.http.Api;
import io.tricolor.cli.text.YamlText;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a person decides about a group: its entries, where ids come from, and who goes to which cluster. What follows
 * from upgrades (manifests, instances) is not in it.
 */
public final class GroupDocument implements Declared {

    /** Its kind. */
    public static final String KIND = "ClusterGroup";

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Set<String> MEMBERS = Set.of(
            "apiVersion",
            "kind",
            "group",
            "version",
            "application",
            "environment",
            "entries",
            "identity",
            "affinity",
            "clusters");
    private static final Set<String> ENTRY = Set.of("host", "pathPrefix", "service");
    private static final Set<String> IDENTITY = Set.of("headers", "cookies", "queryParameters", "claims");
    private static final Set<String> CLUSTER = Set.of("status", "id");
    private static final Set<String> RULE = Set.of("all", "ids", "intervals", "percent", "idLists");
    private static final Map<String, String> COLOURS =
            Map.of("R", "RED", "Y", "YELLOW", "G", "GREEN", "RED", "RED", "YELLOW", "YELLOW", "GREEN", "GREEN");

    private final ObjectNode root;

    private GroupDocument(ObjectNode root) {
        this.root = root;
    }

    /** Of a group as strategy-service shows it. */
    public static GroupDocument of(JsonNode view, boolean withVersion) {
        ObjectNode root = JSON.objectNode().put("apiVersion", API_VERSION).put("kind", KIND);
        root.put("group", required(view, "groupId"));
        if (withVersion) {
            root.put("version", view.path("version").asLong(0));
        }
        root.put("application", required(view, "application")).put("environment", required(view, "environment"));
        ArrayNode entries = root.putArray("entries");
        view.path("entries").forEach(entry -> entries.add(entry(entry)));
        root.set("identity", identity(view.path("identity")));
        root.put("affinity", view.path("affinity").asString("ID"));
        ObjectNode clusters = root.putObject("clusters");
        view.path("clusters").properties().forEach(named -> clusters.set(named.getKey(), cluster(named.getValue())));
        return new GroupDocument(root);
    }

    /** Of what a person has written; refuses what cannot be one, with line and column. */
    public static GroupDocument read(YamlText.Document document) {
        JsonNode node = document.root();
        checkMapping(document, "", node, MEMBERS);
        ObjectNode root = JSON.objectNode().put("apiVersion", API_VERSION).put("kind", KIND);
        for (String member : List.of("group", "application", "environment")) {
            root.put(member, text(document, member, node.path(member)));
        }
        if (node.has("version")) {
            if (!node.path("version").isIntegralNumber()) {
                throw document.wrong("version", "is a number");
            }
            root.set("version", node.path("version"));
        }
        ArrayNode entries = root.putArray("entries");
        int index = 0;
        for (JsonNode entry : list(document, "entries", node.path("entries"))) {
            String path = "entries[" + index++ + "]";
            checkMapping(document, path, entry, ENTRY);
            text(document, path + ".pathPrefix", entry.path("pathPrefix"));
            text(document, path + ".service", entry.path("service"));
            entries.add(entry(entry));
        }
        if (node.has("identity")) {
            checkMapping(document, "identity", node.path("identity"), IDENTITY);
            for (String member : node.path("identity").propertyNames()) {
                texts(document, "identity." + member, node.path("identity").path(member));
            }
            root.set("identity", identity(node.path("identity")));
        }
        if (node.has("affinity")) {
            root.put("affinity", oneOf(document, "affinity", node.path("affinity"), Set.of("ID", "NONE")));
        }
        if (!node.path("clusters").isObject() || node.path("clusters").isEmpty()) {
            throw document.wrong("clusters", "names at least one cluster");
        }
        ObjectNode clusters = root.putObject("clusters");
        node.path("clusters").properties().forEach(named -> {
            checkCluster(document, "clusters." + named.getKey(), named.getValue());
            clusters.set(named.getKey(), cluster(named.getValue()));
        });
        return new GroupDocument(root);
    }

    private static void checkCluster(YamlText.Document document, String path, JsonNode cluster) {
        checkMapping(document, path, cluster, CLUSTER);
        oneOf(document, path + ".status", cluster.path("status"), COLOURS.keySet());
        if (!cluster.has("id")) {
            return;
        }
        String inside = path + ".id";
        JsonNode rule = cluster.path("id");
        checkMapping(document, inside, rule, RULE);
        if (rule.has("all") && !rule.path("all").isBoolean()) {
            throw document.wrong(inside + ".all", "is true or false");
        }
        if (rule.has("percent") && !rule.path("percent").isNumber()) {
            throw document.wrong(inside + ".percent", "is a number from 0 to 100");
        }
        if (rule.has("ids")) {
            texts(document, inside + ".ids", rule.path("ids"));
        }
        int index = 0;
        for (JsonNode interval : rule.has("intervals")
                ? list(document, inside + ".intervals", rule.path("intervals"))
                : List.<JsonNode>of()) {
            String at = inside + ".intervals[" + index++ + "]";
            if (!interval.isArray() || interval.size() != 2) {
                throw document.wrong(at, "is a pair such as [600, 700]");
            }
            texts(document, at, interval);
        }
        index = 0;
        for (JsonNode list :
                rule.has("idLists") ? list(document, inside + ".idLists", rule.path("idLists")) : List.<JsonNode>of()) {
            checkMapping(document, inside + ".idLists[" + index++ + "]", list, Set.of("sha256", "count", "kind"));
        }
    }

    private static void checkMapping(YamlText.Document document, String path, JsonNode node, Set<String> members) {
        if (!node.isObject()) {
            throw document.wrong(path, "is a mapping of names to values");
        }
        for (String member : node.propertyNames()) {
            if (!members.contains(member)) {
                throw document.wrong(
                        path.isEmpty() ? member : path + "." + member,
                        "is not known here; there are " + String.join(", ", new TreeSet<>(members)));
            }
        }
    }

    private static String text(YamlText.Document document, String path, JsonNode node) {
        if ((!node.isString() && !node.isNumber()) || node.asString("").isBlank()) {
            throw document.wrong(path, node.isMissingNode() ? "is missing" : "is a text");
        }
        return node.asString("");
    }

    private static void texts(YamlText.Document document, String path, JsonNode node) {
        int index = 0;
        for (JsonNode element : list(document, path, node)) {
            if (!element.isString() && !element.isIntegralNumber()) {
                throw document.wrong(path + "[" + index + "]", "is a text or a whole number");
            }
            index++;
        }
    }

    private static Iterable<JsonNode> list(YamlText.Document document, String path, JsonNode node) {
        if (node.isMissingNode()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw document.wrong(path, "is a list");
        }
        return node;
    }

    private static String oneOf(YamlText.Document document, String path, JsonNode node, Set<String> words) {
        String word = node.asString("");
        if (!words.contains(word)) {
            throw document.wrong(path, "is one of " + String.join(", ", new TreeSet<>(words)));
        }
        return word;
    }

    private static ObjectNode entry(JsonNode entry) {
        ObjectNode written = JSON.objectNode();
        if (!entry.path("host").asString("").isEmpty()) {
            written.put("host", entry.path("host").asString(""));
        }
        return written.put("pathPrefix", entry.path("pathPrefix").asString(""))
                .put("service", entry.path("service").asString(""));
    }

    private static ObjectNode identity(JsonNode identity) {
        ObjectNode written = JSON.objectNode();
        for (String member : List.of("headers", "cookies", "queryParameters", "claims")) {
            if (!identity.path(member).isEmpty()) {
                ArrayNode names = written.putArray(member);
                identity.path(member).forEach(name -> names.add(name.asString("")));
            }
        }
        return written;
    }

    private static ObjectNode cluster(JsonNode cluster) {
        ObjectNode written = JSON.objectNode();
        String status = cluster.path("status").asString("");
        written.put("status", COLOURS.getOrDefault(status, status));
        ObjectNode rule = rule(cluster.path("id"));
        if (!rule.isEmpty()) {
            written.set("id", rule);
        }
        return written;
    }

    /** Without what says nothing; ids as texts, in one order, since order carries no meaning. */
    private static ObjectNode rule(JsonNode rule) {
        ObjectNode written = JSON.objectNode();
        if (rule.path("all").asBoolean(false)) {
            written.put("all", true);
        }
        if (!rule.path("ids").isEmpty()) {
            Set<String> ids = new TreeSet<>();
            rule.path("ids").forEach(id -> ids.add(id.asString("")));
            ArrayNode all = written.putArray("ids");
            ids.forEach(all::add);
        }
        if (!rule.path("intervals").isEmpty()) {
            Map<BigDecimal, List<ArrayNode>> sorted = new TreeMap<>();
            for (JsonNode interval : rule.path("intervals")) {
                ArrayNode ends = JSON.arrayNode();
                interval.forEach(end -> ends.add(end.asString("")));
                sorted.computeIfAbsent(order(ends.path(0).asString("")), _ -> new ArrayList<>())
                        .add(ends);
            }
            ArrayNode all = written.putArray("intervals");
            sorted.values().forEach(some -> some.forEach(all::add));
        }
        if (rule.path("percent").isNumber()) {
            BigDecimal percent = rule.path("percent").decimalValue().stripTrailingZeros();
            if (percent.signum() != 0) {
                written.put("percent", percent.scale() < 0 ? percent.setScale(0) : percent);
            }
        }
        if (!rule.path("idLists").isEmpty()) {
            written.set("idLists", rule.path("idLists"));
        }
        return written;
    }

    private static BigDecimal order(String number) {
        try {
            return new BigDecimal(number);
        } catch (NumberFormatException e) {
            return BigDecimal.ZERO; // the service will refuse it
        }
    }

    private static String required(JsonNode view, String member) {
        String text = view.path(member).asString("");
        if (text.isEmpty()) {
            throw Api.incomplete(member);
        }
        return text;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String name() {
        return group();
    }

    @Override
    public String title() {
        return "Group " + group();
    }

    public String group() {
        return root.path("group").asString("");
    }

    /** Of the group when this was exported; null: not stated. */
    @Override
    public @Nullable Long version() {
        return root.has("version") ? root.path("version").asLong(0) : null;
    }

    /** A part, as the API takes it; missing node when the document leaves it as it is. */
    public JsonNode part(String name) {
        return root.path(name);
    }

    /** Names of the clusters. */
    public Set<String> clusters() {
        return new TreeSet<>(root.path("clusters").propertyNames());
    }

    @Override
    public JsonNode toJson() {
        return root;
    }
}
