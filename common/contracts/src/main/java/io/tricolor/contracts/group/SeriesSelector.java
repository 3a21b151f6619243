package io.tricolor.contracts.group;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some series of a page in the text format of Prometheus: those of a name whose labels are as said. A value that ends
 * with an asterisk stands for all that begin so.
 *
 * @param labels values by label; others may have any value
 */
public record SeriesSelector(String name, Map<String, String> labels) {

    private static final String LABEL = "([a-zA-Z_][a-zA-Z0-9_]{0,99})=\"([^\"\\\\\n]{0,200})\"";
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]{0,199})(?:\\{([^}]{0,800})})?");
    private static final Pattern ONE = Pattern.compile("\\G(?:^|,)" + LABEL);

    public SeriesSelector {
        labels = Map.copyOf(labels);
    }

    /** Reads {@code name} or {@code name{label="value",label="begins with*"}}; empty: it is none. */
    public static Optional<SeriesSelector> of(String text) {
        Matcher whole = SELECTOR.matcher(text.strip());
        if (!whole.matches()) {
            return Optional.empty();
        }
        Map<String, String> labels = new TreeMap<>();
        String inside = whole.group(2) == null ? "" : whole.group(2).replace(" ", "");
        int end = 0;
        Matcher each = ONE.matcher(inside);
        while (end < inside.length() && each.find()) {
            labels.put(each.group(1), each.group(2));
            end = each.end();
        }
        return end == inside.length() ? Optional.of(new SeriesSelector(whole.group(1), labels)) : Optional.empty();
    }

    /** Whether a series of this name is one of those. */
    public boolean matches(Map<String, String> series) {
        return labels.entrySet().stream().allMatch(label -> {
            String wanted = label.getValue();
            String value = series.getOrDefault(label.getKey(), "");
            return wanted.endsWith("*")
                    ? value.startsWith(wanted.substring(0, wanted.length() - 1))
                    : value.equals(wanted);
        });
    }
}
