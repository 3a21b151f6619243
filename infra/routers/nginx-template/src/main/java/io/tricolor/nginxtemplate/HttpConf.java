package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.router.sources.Instance;
import io.tricolor.routing.RouteTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes the decision as maps and upstreams, for the level {@code http}. What a server needs of it are five variables:
 * {@code $tricolor_target} (empty: no entry), {@code $tricolor_upstream} (empty: no healthy cluster),
 * {@code $tricolor_cluster}, {@code $tricolor_group} and {@code $tricolor_table}.
 *
 * <p>An id is carried from map to map as its text. One that came percent-encoded in a query and is no number stays
 * encoded and gets a blank in front, which no id can begin with; rules know the encoded forms of their ids.
 *
 * <p>nginx overwrites the groups of a regular expression with every other one that it runs. A value therefore uses
 * either groups or variables that are maps, never both.
 */
final class HttpConf {

    /** Regular expressions of one map; more are split into a tree, so that a request tries few of many intervals. */
    static final int FAN_OUT = 32;

    private static final int SLOTS = 10_000;
    private static final String BLANK = "(?:[\\x00-\\x20+]|%(?:[01][0-9A-Fa-f]|20))";
    private static final String NOT_BLANK = "(?!" + BLANK + ")(?:%[0-9A-Fa-f]{2}|.)";
    private static final String ESCAPED_DIGITS =
            "^([^%]*)%3([0-9])([^%]*)(?:%3([0-9])([^%]*)(?:%3([0-9])([^%]*)" + "(?:%3([0-9]))?)?)?(.*)\\z";
    private static final int MAX_ESCAPED_DIGITS = 20;
    private static final int ESCAPES_OF_A_STEP = 4;

    private final StringBuilder out = new StringBuilder();
    private final StringBuilder upstreams = new StringBuilder();
    private final Map<String, String> upstreamClusters = new LinkedHashMap<>();
    private int largestMap;
    private int longestKey;
    private int variables;
    private int splits;

    private HttpConf() {}

    /** One line of a map; the key is written as it stands. */
    private record Line(String key, String value) {}

    /**
     * Renders all groups.
     *
     * @param tables one of each group, in the order of their names
     */
    static String render(List<Expressible> tables, Endpoints endpoints) {
        HttpConf conf = new HttpConf();
        conf.write(tables, endpoints);
        return conf.head(tables) + conf.upstreams + conf.out;
    }

    private String head(List<Expressible> tables) {
        StringBuilder head = new StringBuilder("# Written by `tricolor router render`; changes are lost.\n");
        for (Expressible group : tables) {
            head.append("# ")
                    .append(group.table().group())
                    .append(' ')
                    .append(tableNumber(group.table()))
                    .append('\n');
        }
        head.append("map_hash_max_size ").append(Math.max(2048, 2 * largestMap)).append(";\n");
        head.append("map_hash_bucket_size ")
                .append(longestKey > 200 ? 512 : 256)
                .append(";\n");
        head.append("variables_hash_max_size ")
                .append(Math.max(2048, 4 * variables))
                .append(";\n");
        head.append("variables_hash_bucket_size 128;\n");
        return head.toString();
    }

    private static String tableNumber(RouteTable table) {
        return table.epoch() + "." + table.version();
    }

    private void write(List<Expressible> tables, Endpoints endpoints) {
        map("$request_uri", "$tricolor_path", "", List.of(new Line(NginxText.regex("^(/[^?]*)"), "$1")));
        Map<String, Integer> targets = new LinkedHashMap<>();
        List<Line> upstreamOf = new ArrayList<>();
        List<Line> groupOf = new ArrayList<>();
        List<Line> tableOf = new ArrayList<>();
        Map<String, SortedMap<String, Integer>> prefixes = new TreeMap<>();
        for (int g = 0; g < tables.size(); g++) {
            Expressible group = tables.get(g);
            RouteTable table = group.table();
            out.append("\n# group ").append(table.group()).append('\n');
            identity(g, table.identity());
            Map<String, String> matches = new HashMap<>();
            for (Entry entry : table.entries()) {
                String key = table.group() + "/" + entry.service();
                Integer known = targets.get(key);
                int target = known == null ? targets.size() : known;
                if (known == null) {
                    targets.put(key, target);
                    String name = Integer.toString(target);
                    upstreamOf.add(new Line(name, decision(g, target, group, entry.service(), endpoints, matches)));
                    groupOf.add(new Line(name, table.group()));
                    tableOf.add(new Line(name, tableNumber(table)));
                }
                String host = entry.host() == null ? "" : entry.host();
                prefixes.computeIfAbsent(host, h -> new TreeMap<>())
                        .putIfAbsent(withoutSlash(entry.pathPrefix()), target);
            }
        }
        out.append("\n# all groups\n");
        entries(prefixes);
        map("$tricolor_target", "$tricolor_upstream", "", upstreamOf);
        map(
                "$tricolor_upstream",
                "$tricolor_cluster",
                "",
                upstreamClusters.entrySet().stream()
                        .map(upstream -> new Line(upstream.getKey(), upstream.getValue()))
                        .toList());
        map("$tricolor_target", "$tricolor_group", "", groupOf);
        map("$tricolor_target", "$tricolor_table", "", tableOf);
        map("$http_upgrade", "$tricolor_connection", "upgrade", List.of(new Line("\"\"", "")));
    }

    // Which group and service

    private void entries(Map<String, SortedMap<String, Integer>> prefixes) {
        prefixMap("$tricolor_any", "", prefixes.getOrDefault("", new TreeMap<>()));
        List<Line> hosts = new ArrayList<>();
        for (Map.Entry<String, SortedMap<String, Integer>> host : prefixes.entrySet()) {
            if (!host.getKey().isEmpty()) {
                String variable = "$tricolor_host" + hosts.size();
                prefixMap(variable, "$tricolor_any", host.getValue());
                hosts.add(new Line(NginxText.key(host.getKey()), variable));
            }
        }
        map("$host", "$tricolor_target", "$tricolor_any", hosts);
    }

    /** nginx takes the first regular expression that matches: longer prefixes come first. */
    private void prefixMap(String variable, String otherwise, SortedMap<String, Integer> prefixes) {
        List<Line> lines = prefixes.entrySet().stream()
                .sorted((a, b) -> b.getKey().length() - a.getKey().length())
                .map(prefix -> new Line(
                        NginxText.regex("^" + NginxText.literal(prefix.getKey()) + "(?:/|\\z)"),
                        prefix.getValue().toString()))
                .toList();
        map("$tricolor_path", variable, otherwise, lines);
    }

    private static String withoutSlash(String prefix) {
        int end = prefix.length();
        while (end > 0 && prefix.charAt(end - 1) == '/') {
            end--;
        }
        return prefix.substring(0, end);
    }

    // Which user

    private void identity(int g, IdentitySource source) {
        String name = "$tricolor_" + g + "_";
        int number = 0;
        String next = "";
        for (String parameter : source.queryParameters().reversed()) {
            next = query(name + "q" + number++, parameter, next);
        }
        for (String cookie : source.cookies().reversed()) {
            String variable = name + "c" + number++;
            map(
                    "$http_cookie",
                    variable,
                    "",
                    List.of(new Line(
                            NginxText.regex("(?:^|;)[ \\t]*" + NginxText.literal(cookie) + "=([^;]*)"), "$1")));
            next = trimmed(variable, variable + "_t", next);
        }
        for (String header : source.headers().reversed()) {
            String variable = "$http_" + header.toLowerCase(Locale.ROOT).replace('-', '_');
            next = trimmed(variable, name + "h" + number++, next);
        }
        map(
                next.isEmpty() ? "\"\"" : next,
                name + "id",
                next,
                List.of(
                        new Line(NginxText.regex("(?s)^[^ ].{256}"), ""),
                        new Line(NginxText.regex("(?s)^ (?>%[0-9A-Fa-f]{2}|.){257}"), "")));
    }

    private String trimmed(String from, String variable, String next) {
        map(
                from,
                variable,
                next,
                List.of(new Line(
                        NginxText.regex("(?s)^[\\x00-\\x20]*([^\\x00-\\x20](?:.*[^\\x00-\\x20])?)[\\x00-\\x20]*\\z"),
                        "$1")));
        return variable;
    }

    private String query(String variable, String parameter, String next) {
        String name = NginxText.formEncoded(parameter);
        map(
                "$args",
                variable + "_raw",
                "",
                List.of(new Line(NginxText.regex("(?:^|&)" + name + "(?:=([^&]*)|)(?:&|\\z)"), "$1")));
        map(
                variable + "_raw",
                variable + "_trimmed",
                "",
                List.of(new Line(
                        NginxText.regex(
                                "(?s)^" + BLANK + "*+((?:" + BLANK + "*+" + NOT_BLANK + ")++)" + BLANK + "*+\\z"),
                        "$1")));
        String number = variable + "_sign";
        map(
                variable + "_trimmed",
                number,
                variable + "_trimmed",
                List.of(new Line(NginxText.regex("^%2[Dd](.*)"), "-$1")));
        for (int step = 0; step < MAX_ESCAPED_DIGITS / ESCAPES_OF_A_STEP; step++) {
            String decoded = variable + "_d" + step;
            map(number, decoded, number, List.of(new Line(NginxText.regex(ESCAPED_DIGITS), "$1$2$3$4$5$6$7$8$9")));
            number = decoded;
        }
        map(
                variable + "_trimmed",
                variable + "_decoded",
                "\" " + variable + "_trimmed\"",
                List.of(new Line(NginxText.regex("^(?:-|%2[Dd])?(?:[0-9]|%3[0-9]){1,19}\\z"), number)));
        map(
                variable + "_trimmed",
                variable,
                variable + "_trimmed",
                List.of(new Line("\"\"", next), new Line(NginxText.regex("[%+]"), variable + "_decoded")));
        return variable;
    }

    // Which cluster

    /** The value that names the upstream of the target: a variable, an upstream, or nothing. */
    private String decision(
            int g, int target, Expressible group, String service, Endpoints endpoints, Map<String, String> matches) {
        String name = "$tricolor_" + g + "_t" + target + "_";
        String green = colour(name + "g", g, ClusterStatus.GREEN, "", group, service, endpoints, matches);
        return colour(name + "y", g, ClusterStatus.YELLOW, green, group, service, endpoints, matches);
    }

    private String colour(
            String variable,
            int g,
            ClusterStatus status,
            String otherwise,
            Expressible group,
            String service,
            Endpoints endpoints,
            Map<String, String> matches) {
        Map<String, String> always = new LinkedHashMap<>();
        Map<String, String> byRule = new LinkedHashMap<>();
        Map<String, Integer> weights = new HashMap<>();
        for (String cluster : group.clusters(status)) {
            List<Instance> instances = endpoints.of(group.table().group(), service, cluster);
            if (instances.isEmpty()) {
                continue;
            }
            String upstream = upstream(group.table().group(), service, cluster, instances);
            weights.put(upstream, instances.size());
            if (group.rule(cluster).all()) {
                always.put(upstream, "");
            } else {
                String flag = matches.get(cluster);
                if (flag == null) {
                    flag = match("$tricolor_" + g + "_m" + matches.size(), g, group.table(), group.rule(cluster));
                    matches.put(cluster, flag);
                }
                byRule.put(upstream, flag);
            }
        }
        List<String> rules = List.copyOf(byRule.keySet());
        String unmatched = always.isEmpty() ? otherwise : choice(g, group.table(), always.keySet(), weights);
        if (rules.isEmpty()) {
            return unmatched;
        }
        List<Line> lines = new ArrayList<>();
        boolean overlaps = group.overlaps(status);
        long combinations = overlaps ? 1L << rules.size() : rules.size() + 1;
        for (long combination = 1; combination < combinations; combination++) {
            Set<String> chosen = new HashSet<>(always.keySet());
            StringBuilder key = new StringBuilder();
            for (int r = 0; r < rules.size(); r++) {
                boolean in = overlaps ? (combination >> r & 1) == 1 : combination == r + 1;
                key.append(in ? '1' : '0');
                if (in) {
                    chosen.add(rules.get(r));
                }
            }
            lines.add(new Line(key.toString(), choice(g, group.table(), chosen, weights)));
        }
        map('"' + String.join("", byRule.values()) + '"', variable, unmatched, lines);
        return variable;
    }

    private String upstream(String group, String service, String cluster, List<Instance> instances) {
        String name = "tricolor_u" + upstreamClusters.size();
        upstreamClusters.put(name, cluster);
        upstreams
                .append("\n# ")
                .append(NginxText.comment(group + " / " + service + " / " + cluster))
                .append("\nupstream ")
                .append(name)
                .append(" {\n    zone ")
                .append(name)
                .append(' ')
                .append(64 + 2 * instances.size())
                .append("k;\n    random two least_conn;\n");
        for (Instance instance : instances) {
            upstreams
                    .append("    server ")
                    .append(instance.authority())
                    .append(" max_fails=1 fail_timeout=1s; # ")
                    .append(NginxText.comment(instance.id()))
                    .append('\n');
        }
        upstreams.append("    keepalive 32;\n    keepalive_timeout 8s;\n}\n");
        return name;
    }

    /** One of several by weight: by the hash of the id, where there is one and affinity counts, else at random. */
    private String choice(int g, RouteTable table, Set<String> upstreamNames, Map<String, Integer> weights) {
        List<String> chosen = upstreamNames.stream()
                .sorted((a, b) -> clusterOf(a).compareTo(clusterOf(b)))
                .toList();
        if (chosen.size() == 1) {
            return chosen.getFirst();
        }
        String variable = "$tricolor_split" + splits++;
        String key = "$request_id";
        if (table.affinity() == Affinity.ID) {
            key = variable + "_key";
            String id = "$tricolor_" + g + "_id";
            map(id, key, '"' + table.group() + ":" + id + '"', List.of(new Line("\"\"", "$request_id")));
        }
        long total =
                chosen.stream().mapToLong(name -> weights.getOrDefault(name, 0)).sum();
        variables++;
        out.append("split_clients ").append(key).append(' ').append(variable).append(" {\n");
        long taken = 0;
        long weighed = 0;
        for (String name : chosen.subList(0, chosen.size() - 1)) {
            weighed += weights.getOrDefault(name, 0);
            long end = Math.min(Math.max(weighed * SLOTS / total, taken + 1), SLOTS);
            out.append("    ")
                    .append(percent(end - taken))
                    .append(' ')
                    .append(name)
                    .append(";\n");
            taken = end;
        }
        out.append("    * ").append(chosen.getLast()).append(";\n}\n");
        return variable;
    }

    private String clusterOf(String upstream) {
        return upstreamClusters.getOrDefault(upstream, upstream);
    }

    private static String percent(long hundredths) {
        return String.format(Locale.ROOT, "%d.%02d%%", hundredths / 100, hundredths % 100);
    }

    // Whether a rule matches: 1 or 0

    private String match(String variable, int g, RouteTable table, IdRanges rule) {
        String id = "$tricolor_" + g + "_id";
        if (rule.anyId()) {
            map(id, variable, "1", List.of(new Line("\"\"", "0")));
            return variable;
        }
        String otherwise = "0";
        if (rule.percentHundredths() > 0) {
            variables++;
            out.append("split_clients \"")
                    .append(table.group())
                    .append(':')
                    .append(id)
                    .append("\" ");
            out.append(variable)
                    .append("_share {\n    ")
                    .append(percent(rule.percentHundredths()))
                    .append(" 1;\n");
            out.append("    * 0;\n}\n");
            otherwise = variable + "_percent";
            map(id, otherwise, variable + "_share", List.of(new Line("\"\"", "0")));
        }
        if (!rule.intervals().isEmpty()) {
            String tree = intervals(variable + "_i", id, rule.intervals(), otherwise);
            String gate = variable + "_interval";
            map(id, gate, otherwise, List.of(new Line(NginxText.regex("^-?[0-9]{1,19}\\z"), tree)));
            otherwise = gate;
        }
        return listed(variable, id, table, rule, otherwise);
    }

    private String listed(String variable, String id, RouteTable table, IdRanges rule, String otherwise) {
        List<Line> exact = new ArrayList<>();
        for (long number : rule.numbers()) {
            exact.add(new Line(Long.toString(number), "2"));
        }
        // A map finds keys in any case. The value is the id as it was listed, and is compared with the one that was
        // sent.
        List<Line> verdicts = new ArrayList<>();
        verdicts.add(new Line(NginxText.regex("^2="), "1"));
        verdicts.add(new Line(NginxText.regex("(?s)^1(.+)=\\1\\z"), "1"));
        List<Line> encoded = new ArrayList<>();
        Map<String, String> keys = new HashMap<>();
        for (String text : rule.strings()) {
            String found = NginxText.isPlain(text) ? keys.putIfAbsent(asciiLowerCase(text), "1" + text) : "0";
            if (found == null) {
                exact.add(new Line(NginxText.key(text), NginxText.quote("1" + text)));
            } else {
                verdicts.add(new Line(NginxText.regex("^" + NginxText.literal(found + "=" + text) + "\\z"), "1"));
            }
            encoded.add(new Line(NginxText.regex("^ " + NginxText.formEncoded(text) + "\\z"), "1"));
        }
        if (rule.strings().isEmpty()) {
            if (exact.isEmpty()) {
                return otherwise;
            }
            exact.replaceAll(line -> new Line(line.key(), "1"));
            map(id, variable, otherwise, exact);
            return variable;
        }
        if (!table.identity().queryParameters().isEmpty()) {
            map(id, variable + "_encoded", otherwise, encoded);
            verdicts.add(new Line(NginxText.regex("^0= "), variable + "_encoded"));
        }
        map(id, variable + "_found", "0", exact);
        map('"' + variable + "_found=" + id + '"', variable, otherwise, verdicts);
        return variable;
    }

    private static String asciiLowerCase(String text) {
        StringBuilder lower = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                lower.setCharAt(i, (char) (c + 'a' - 'A'));
            }
        }
        return lower.toString();
    }

    /** A tree of maps: a node tries the hulls of its parts, a leaf the intervals. */
    private String intervals(String variable, String id, List<IdInterval> intervals, String otherwise) {
        List<Line> lines = new ArrayList<>();
        if (intervals.size() <= FAN_OUT) {
            intervals.forEach(interval -> lines.add(range(interval.from(), interval.to(), "1")));
        } else {
            int part = FAN_OUT;
            while (part * FAN_OUT < intervals.size()) {
                part *= FAN_OUT;
            }
            for (int from = 0; from < intervals.size(); from += part) {
                List<IdInterval> some = intervals.subList(from, Math.min(from + part, intervals.size()));
                String child = intervals(variable + "_" + lines.size(), id, some, otherwise);
                lines.add(range(some.getFirst().from(), some.getLast().to(), child));
            }
        }
        map(id, variable, otherwise, lines);
        return variable;
    }

    private static Line range(long from, long to, String value) {
        return new Line(NginxText.regex("^" + DecimalRange.pattern(from, to) + "\\z"), value);
    }

    private void map(String source, String variable, String otherwise, List<Line> lines) {
        variables++;
        out.append("map ").append(source).append(' ').append(variable).append(" {\n    default ");
        value(otherwise);
        int hashed = 0;
        for (Line line : lines) {
            if (!line.key().startsWith("\"~")) {
                hashed++;
                longestKey = Math.max(longestKey, line.key().length());
            }
            out.append("    ").append(line.key()).append(' ');
            value(line.value());
        }
        out.append("}\n");
        largestMap = Math.max(largestMap, hashed);
    }

    private void value(String value) {
        out.append(value.isEmpty() ? "\"\"" : value).append(";\n");
    }
}
