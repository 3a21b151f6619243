package io.tricolor.kit.requestlog;

import io.tricolor.contracts.Text;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.util.MultiValueMap;

/**
 * The parameters of a request that may be shown: bounded in number and length, without secrets.
 *
 * @param shown by name
 * @param redacted names whose values are left out
 * @param mended names of those whose name or value had something that no store keeps, as it is shown
 */
record Parameters(SortedMap<String, String> shown, SortedSet<String> redacted, SortedSet<String> mended) {

    private static final int MOST = 32;
    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_VALUE = 512;

    private static final Pattern SECRET = Pattern.compile(
            "(?i)token|passw|pwd|secret|authoriz|api[-_.]?key|credential|signature|private|cookie|session|jwt|bearer");

    static Parameters of(Map<String, String> path, MultiValueMap<String, String> query) {
        Parameters parameters = new Parameters(new TreeMap<>(), new TreeSet<>(), new TreeSet<>());
        path.forEach(parameters::add);
        query.forEach((name, values) -> parameters.add(name, String.join(",", values)));
        return parameters;
    }

    private void add(String name, String value) {
        if (shown.size() + redacted.size() >= MOST) {
            return;
        }
        String shortName = Text.mended(shorten(name, LONGEST_NAME));
        if (Text.flaw(name) != null || Text.flaw(value) != null) {
            mended.add(shortName);
        }
        if (SECRET.matcher(name).find()) {
            redacted.add(shortName);
        } else {
            shown.put(shortName, Text.mended(shorten(value, LONGEST_VALUE)));
        }
    }

    static String shorten(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }
}
