package io.tricolor.monitor.drain.domain;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Labels of a series in the text format of Prometheus, as routers write them. */
public final class SeriesLabels {

    /** Possessive: what a router says may be long, and is never gone back over. */
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*+)=\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    private SeriesLabels() {}

    /**
     * By name; what is no label is passed over, and of equal names the last one counts.
     *
     * @param text what stands between the braces
     */
    public static Map<String, String> of(String text) {
        Map<String, String> labels = new HashMap<>();
        Matcher label = LABEL.matcher(text);
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return labels;
    }
}
