package io.tricolor.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
 * <p>{@code internal} and {@code intervals} are read as {@code interval}; {@code percent} is the fourth way to name
 * users, {@code id-lists: [{sha256: …, count: …, kind: ids}]} the fifth ({@code idLists} is read as well). An id that
 * is no canonical int64 is a text; where YAML would read a number, truth value or null it has to stand in quotes.
 * Nothing is guessed: members that are unknown or there twice are refused, and every refusal names the line, the column
 * and the path.
 *
 * @param strategies by cluster name
 */
public record RouteStrategyDocument(SortedMap<String, RouteStrategy> strategies) {

    /** Longest document, in characters. */
    public static final int MAX_LENGTH = 32 << 20;

    static final String ROOT = "route-strategy";
    static final String ID_LISTS = "id-lists";
    static final String ID_LISTS_IN_JSON = "idLists";
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");
    private static final Pattern YAML_WORD = Pattern.compile("(?i)y|n|yes|no|on|off|true|false|null");

    public RouteStrategyDocument {
        strategies = Collections.unmodifiableSortedMap(new TreeMap<>(strategies));
    }

    /**
     * Reads YAML 1.2 or JSON in which no rule names more ids or intervals than a new one may carry.
     *
     * @throws Rejected with INVALID_ARGUMENT, INVALID_ID, INVALID_INTERVAL or PAYLOAD_TOO_LARGE
     */
    public static RouteStrategyDocument parse(String text) {
        return RouteStrategyReader.read(new StringReader(text), null);
    }

    /**
     * Reads YAML 1.2 or JSON. Where a rule names more ids or intervals than it may carry, the numeric ids become a
     * list, and the intervals another one.
     *
     * @param keeper called only when there is nothing against the document, in the order of the rules; what it throws
     *     is passed on
     * @throws Rejected as the other one does
     */
    public static RouteStrategyDocument parse(String text, InlineIds.Keeper keeper) {
        return RouteStrategyReader.read(new StringReader(text), keeper);
    }

    /**
     * The same from a stream: a million ids never are in memory as text.
     *
     * @param text is read to its end, but not closed
     */
    public static RouteStrategyDocument parse(Reader text, InlineIds.Keeper keeper) {
        return RouteStrategyReader.read(text, keeper);
    }

    /** YAML in the form shown above, clusters in order of their names; lists are referred to. Reads back equal. */
    public String toYaml() {
        return toYaml(IdLists.NONE, 0);
    }

    /**
     * The same, with lists inline that would become the very same lists when the text is read again.
     *
     * @param contents asked for such lists only
     * @param mostInline longest list that is written inline, in ids or intervals
     */
    public String toYaml(IdLists contents, int mostInline) {
        StringBuilder yaml = new StringBuilder(ROOT).append(":\n");
        strategies.forEach((cluster, strategy) -> {
            WrittenRule rule = WrittenRule.of(strategy.id(), contents, mostInline);
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
            if (!rule.lists().isEmpty()) {
                yaml.append("      ")
                        .append(ID_LISTS)
                        .append(": ")
                        .append(rule.lists().stream()
                                .map(RouteStrategyDocument::inYaml)
                                .collect(Collectors.joining(", ", "[", "]\n")));
            }
        });
        return yaml.toString();
    }

    private static String inYaml(IdList list) {
        return "{sha256: \"" + list.sha256() + "\", count: " + list.count()
                + (list.kind() == IdList.Kind.IDS
                        ? ""
                        : ", kind: " + list.kind().word()) + "}";
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
                .map(list -> "{\"sha256\":\"" + list.sha256() + "\",\"count\":" + list.count()
                        + (list.kind() == IdList.Kind.IDS
                                ? ""
                                : ",\"kind\":" + quoted(list.kind().word())) + "}")
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
