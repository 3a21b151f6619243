package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A table that nginx can route by exactly, or by an approximation that was asked for. Whether it can never depends on
 * which instances are healthy: once accepted, a table stays writable whatever comes and goes.
 *
 * @param rules by cluster; RED ones are missing
 */
record Expressible(RouteTable table, SortedMap<String, IdRanges> rules) {

    /** Most clusters of a colour that are chosen from by weight: every combination of them is written out. */
    static final int MAX_OVERLAPPING = 6;

    private static final int MAX_SOURCES = 16;
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,128}");
    private static final Pattern NAME = Pattern.compile("[\\x21-\\x7e&&[^;=\"\\\\,]]{1,128}");
    private static final Pattern HOST = Pattern.compile("[a-z0-9._-]{1,255}|\\[[0-9a-f:.]{2,64}]");

    /**
     * Checks a table.
     *
     * @param maxIds most ids, and intervals of lists, of all clusters together
     * @throws IOException when a list of ids cannot be had now
     */
    static Expressible of(RouteTable table, Set<Approximation> approximate, int maxIds, IdListSource lists)
            throws Refused, IOException {
        if (!table.deleted()) {
            checkSources(table);
            checkHosts(table);
        }
        long ids = 0;
        SortedMap<String, IdRanges> rules = new TreeMap<>();
        for (Map.Entry<String, RouteStrategy> cluster : table.clusters().entrySet()) {
            if (cluster.getValue().status() == ClusterStatus.RED) {
                continue;
            }
            String name = cluster.getKey();
            List<IdList> references = cluster.getValue().id().idLists();
            ids += cluster.getValue().id().ids().size();
            ids += references.stream().mapToLong(IdList::count).sum();
            if (ids > maxIds) {
                throw new Refused(
                        Refused.Reason.TOO_MANY_IDS,
                        "more than " + maxIds + " ids (--max-ids): nginx reads all of them at every reload");
            }
            List<ListContent> loaded = new ArrayList<>();
            for (IdList reference : references) {
                loaded.add(lists.load(reference));
            }
            IdRanges rule = IdRanges.of(cluster.getValue().id(), loaded);
            if (rule.percentHundredths() > 0 && !rule.all() && !approximate.contains(Approximation.PERCENT)) {
                throw new Refused(
                        Refused.Reason.PERCENT,
                        "clusters." + name
                                + ".id.percent: nginx without Lua has no MurmurHash3 and would take other ids"
                                + " than other routers (--approximate percent allows that)");
            }
            checkLengths(table, name, rule);
            rules.put(name, rule);
        }
        Expressible expressible = new Expressible(table, rules);
        expressible.checkOverlaps(ClusterStatus.YELLOW, approximate);
        expressible.checkOverlaps(ClusterStatus.GREEN, approximate);
        return expressible;
    }

    /** Clusters of a colour that take anybody, by name. */
    List<String> clusters(ClusterStatus status) {
        return rules.entrySet().stream()
                .filter(rule -> strategy(rule.getKey()).status() == status
                        && !rule.getValue().nobody())
                .map(Map.Entry::getKey)
                .toList();
    }

    IdRanges rule(String cluster) {
        IdRanges rule = rules.get(cluster);
        if (rule == null) {
            throw new IllegalArgumentException(cluster + " is RED");
        }
        return rule;
    }

    private RouteStrategy strategy(String cluster) {
        RouteStrategy strategy = table.clusters().get(cluster);
        if (strategy == null) {
            throw new IllegalArgumentException("no cluster " + cluster);
        }
        return strategy;
    }

    /** Whether an id can match two clusters of the colour. */
    boolean overlaps(ClusterStatus status) {
        return overlap(clusters(status)) != null;
    }

    private @Nullable String overlap(List<String> names) {
        for (int a = 0; a < names.size(); a++) {
            for (int b = a + 1; b < names.size(); b++) {
                if (rule(names.get(a)).overlaps(rule(names.get(b)))) {
                    return names.get(a) + " and " + names.get(b);
                }
            }
        }
        return null;
    }

    private void checkOverlaps(ClusterStatus status, Set<Approximation> approximate) throws Refused {
        List<String> names = clusters(status);
        String overlap = overlap(names);
        if (overlap == null) {
            return;
        }
        if (table.affinity() == Affinity.ID && !approximate.contains(Approximation.AFFINITY)) {
            throw new Refused(
                    Refused.Reason.AFFINITY,
                    overlap + " are both " + status + " and share ids: nginx without Lua cannot choose by affinity as"
                            + " other routers do (--approximate affinity allows its own choice)");
        }
        if (names.stream().filter(name -> !rule(name).all()).count() > MAX_OVERLAPPING) {
            throw new Refused(
                    Refused.Reason.OVERLAP,
                    "more than " + MAX_OVERLAPPING + " " + status + " clusters with rules, of which " + overlap
                            + " share ids");
        }
    }

    private static void checkSources(RouteTable table) throws Refused {
        var identity = table.identity();
        int sources = identity.headers().size()
                + identity.cookies().size()
                + identity.queryParameters().size();
        if (sources > MAX_SOURCES) {
            throw new Refused(Refused.Reason.SOURCE_NAME, "identity: more than " + MAX_SOURCES + " sources");
        }
        for (String header : identity.headers()) {
            if (!HEADER.matcher(header).matches()
                    || header.toLowerCase(Locale.ROOT).startsWith("x-tricolor-")) {
                throw new Refused(
                        Refused.Reason.SOURCE_NAME,
                        "identity.headers: nginx reads no header '" + header + "' (letters, digits and dashes,"
                                + " not X-Tricolor-)");
            }
        }
        for (String cookie : identity.cookies()) {
            if (!NAME.matcher(cookie).matches()) {
                throw new Refused(Refused.Reason.SOURCE_NAME, "identity.cookies: '" + cookie + "' is no cookie name");
            }
        }
        for (String parameter : identity.queryParameters()) {
            if (NginxText.formEncoded(parameter).length() > NginxText.MAX_WORD_BYTES / 2) {
                throw new Refused(Refused.Reason.SOURCE_NAME, "identity.queryParameters: a name is too long");
            }
        }
    }

    private static void checkHosts(RouteTable table) throws Refused {
        for (Entry entry : table.entries()) {
            String host = entry.host();
            if (host != null && !HOST.matcher(host).matches()) {
                throw new Refused(Refused.Reason.HOST, "entries: '" + host + "' is no host that nginx knows");
            }
        }
    }

    private static void checkLengths(RouteTable table, String cluster, IdRanges rule) throws Refused {
        boolean encoded = !table.identity().queryParameters().isEmpty();
        for (String id : rule.strings()) {
            int bytes = NginxText.regex(encoded ? NginxText.formEncoded(id) : NginxText.literal(id))
                    .length();
            if (bytes > NginxText.MAX_WORD_BYTES) {
                throw new Refused(
                        Refused.Reason.ID_TOO_LONG,
                        "clusters." + cluster + ".id.ids: an id of " + id.length()
                                + " characters is too long for a line of nginx's configuration");
            }
        }
    }
}
