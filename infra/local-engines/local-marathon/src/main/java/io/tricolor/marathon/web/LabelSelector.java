package io.tricolor.marathon.web;

import io.tricolor.marathon.app.Refused;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The language of {@code ?label=}: {@code a}, {@code a==b}, {@code a!=b}, {@code a in (x,y)}, {@code a notin (x)}; a
 * comma means and.
 */
final class LabelSelector {

    private static final Pattern TERM = Pattern.compile(
            "\\s*([^\\s=!,()]+)\\s*(?:(==|!=)\\s*([^\\s,()]+)|\\s(in|notin)\\s*\\(([^)]*)\\))?\\s*(?:,|$)");

    private LabelSelector() {}

    static Predicate<Map<String, String>> parse(String text) {
        Predicate<Map<String, String>> all = labels -> true;
        Matcher term = TERM.matcher(text);
        int end = 0;
        while (end < text.length()) {
            if (!term.find(end) || term.start() != end) {
                throw Refused.with(400, "cannot read the label selector at '" + text.substring(end) + "'");
            }
            all = all.and(condition(term));
            end = term.end();
        }
        return all;
    }

    private static Predicate<Map<String, String>> condition(Matcher term) {
        String name = term.group(1);
        if (term.group(2) != null) {
            String value = term.group(3);
            boolean equal = term.group(2).equals("==");
            return labels -> value.equals(labels.get(name)) == equal;
        }
        if (term.group(4) != null) {
            List<String> values = Arrays.stream(term.group(5).split(",", -1))
                    .map(String::strip)
                    .toList();
            boolean in = term.group(4).equals("in");
            return labels -> values.contains(labels.getOrDefault(name, "")) == in;
        }
        return labels -> labels.containsKey(name);
    }
}
