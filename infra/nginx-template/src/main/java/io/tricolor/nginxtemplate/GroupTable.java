package io.tricolor.nginxtemplate;

import io.tricolor.contracts.Rejected;
import io.tricolor.routing.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A route table as it was published.
 *
 * @param table without its lists of ids
 * @param idLists lists of ids that rules refer to, by cluster
 * @param json the document
 */
record GroupTable(RouteTable table, SortedMap<String, List<IdList>> idLists, String json) {

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final int MAX_LISTS = 16;
    private static final int MAX_IDS_OF_A_LIST = 10_000_000;

    /** What this program knows how to write, by place; more in a table than this, and it would route differently. */
    private static final Map<String, Set<String>> MEMBERS = Map.of(
            "table", Set.of("group", "epoch", "version", "affinity", "identity", "entries", "clusters"),
            "identity", Set.of("headers", "cookies", "queryParameters", "claims"),
            "entry", Set.of("host", "pathPrefix", "service"),
            "cluster", Set.of("status", "id"),
            "id", Set.of("all", "ids", "intervals", "percent", "idLists"));

    /** A list of numeric ids that is kept apart from the table. */
    record IdList(String sha256, int count) {}

    /**
     * Reads a document strictly.
     *
     * @throws Refused for what is not a table, and for members that are not known here, whatever the library knows by now
     */
    static GroupTable read(String json) throws Refused {
        try {
            JsonNode tree = Json.STRICT.readTree(json);
            checkMembers("table", tree);
            JsonNode identity = tree.path("identity");
            checkMembers("identity", identity);
            if (!identity.path("claims").isEmpty()) {
                throw new Refused(
                        Refused.Reason.CLAIMS,
                        "identity.claims " + identity.path("claims") + ": nginx without Lua cannot verify a token");
            }
            if (identity instanceof ObjectNode object) {
                object.remove("claims");
            }
            for (JsonNode entry : tree.path("entries")) {
                checkMembers("entry", entry);
            }
            SortedMap<String, List<IdList>> lists = new TreeMap<>();
            for (Map.Entry<String, JsonNode> cluster : tree.path("clusters").properties()) {
                checkMembers("cluster", cluster.getValue());
                JsonNode id = cluster.getValue().path("id");
                checkMembers("id", id);
                if (id instanceof ObjectNode object) {
                    JsonNode idLists = object.remove("idLists");
                    if (idLists != null && !idLists.isEmpty()) {
                        lists.put(cluster.getKey(), lists(cluster.getKey(), idLists));
                    }
                }
            }
            return new GroupTable(Json.STRICT.treeToValue(tree, RouteTable.class), lists, json);
        } catch (Rejected | JacksonException | IllegalArgumentException e) {
            throw new Refused(Refused.Reason.MALFORMED, "not a route table: " + firstLine(e));
        }
    }

    private static void checkMembers(String place, JsonNode node) throws Refused {
        Set<String> known = MEMBERS.getOrDefault(place, Set.of());
        for (String name : node.propertyNames()) {
            if (!known.contains(name)) {
                throw new Refused(
                        Refused.Reason.UNKNOWN_MEMBER,
                        place + "." + name + " is not known here; it would be routed differently");
            }
        }
    }

    private static List<IdList> lists(String cluster, JsonNode nodes) throws Refused {
        List<IdList> lists = new ArrayList<>();
        for (JsonNode node : nodes) {
            String sha256 = node.path("sha256").asString("");
            int count = node.path("count").asInt(-1);
            if (!SHA_256.matcher(sha256).matches()
                    || count < 0
                    || count > MAX_IDS_OF_A_LIST
                    || node.size() != 2
                    || lists.size() == MAX_LISTS) {
                throw new Refused(
                        Refused.Reason.MALFORMED,
                        "clusters." + cluster + ".id.idLists: at most " + MAX_LISTS + " of {sha256, count}");
            }
            lists.add(new IdList(sha256, count));
        }
        return lists;
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
