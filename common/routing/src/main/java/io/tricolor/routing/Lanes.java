package io.tricolor.routing;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster of which group a request has been sent to on its way: the header
 * {@code X-Tricolor-Lane: shop=B,payments=A}. Immutable.
 *
 * <p>A header is read whole or not at all: with a pair that is malformed, a group that is there twice, more than
 * {@value #MAX_PAIRS} pairs or more than {@value #MAX_BYTES} bytes it says nothing. Blanks and tabs may stand around a
 * pair, nowhere else. A request with several headers of this name is read as one whose values are joined by commas.
 */
public final class Lanes {

    public static final String HEADER = "X-Tricolor-Lane";

    /** Most pairs in a header. */
    public static final int MAX_PAIRS = 16;

    /** Longest header value, in bytes. */
    public static final int MAX_BYTES = 1_024;

    public static final Lanes NONE = new Lanes(Collections.emptyMap());

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?");

    private final Map<String, String> clusters;

    private Lanes(Map<String, String> clusters) {
        this.clusters = clusters;
    }

    /** Reads a header; {@link #NONE} when there is none or it is malformed. */
    public static Lanes parse(@Nullable String header) {
        if (header == null || header.length() > MAX_BYTES) {
            return NONE;
        }
        Map<String, String> clusters = new LinkedHashMap<>();
        for (String element : header.split(",", -1)) {
            String pair = withoutBlanks(element);
            int equals = pair.indexOf('=');
            if (equals < 0) {
                return NONE;
            }
            String group = pair.substring(0, equals);
            String cluster = pair.substring(equals + 1);
            if (!NAME.matcher(group).matches()
                    || !NAME.matcher(cluster).matches()
                    || clusters.putIfAbsent(group, cluster) != null
                    || clusters.size() > MAX_PAIRS) {
                return NONE;
            }
        }
        return new Lanes(Collections.unmodifiableMap(clusters));
    }

    private static String withoutBlanks(String element) {
        int from = 0;
        int to = element.length();
        while (from < to && isBlank(element.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(element.charAt(to - 1))) {
            to--;
        }
        return element.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** The cluster of a group; null when there is none. */
    public @Nullable String cluster(String group) {
        return clusters.get(group);
    }

    /** Clusters by group, in the order of the header. */
    public Map<String, String> clusters() {
        return clusters;
    }

    /**
     * These lanes with the cluster of one group set. It comes first; of the others the last ones go when the header
     * would have too many pairs or bytes, since it would say nothing then.
     */
    public Lanes with(String group, String cluster) {
        Map<String, String> changed = new LinkedHashMap<>();
        changed.put(group, cluster);
        int bytes = bytes(group, cluster);
        for (Map.Entry<String, String> lane : clusters.entrySet()) {
            if (lane.getKey().equals(group)) {
                continue;
            }
            bytes += 1 + bytes(lane.getKey(), lane.getValue());
            if (changed.size() == MAX_PAIRS || bytes > MAX_BYTES) {
                break;
            }
            changed.put(lane.getKey(), lane.getValue());
        }
        return new Lanes(Collections.unmodifiableMap(changed));
    }

    /** Names are ASCII. */
    private static int bytes(String group, String cluster) {
        return group.length() + 1 + cluster.length();
    }

    /** Value of the header; empty when there are none. */
    public String header() {
        StringBuilder header = new StringBuilder();
        clusters.forEach((group, cluster) -> header.append(header.isEmpty() ? "" : ",")
                .append(group)
                .append('=')
                .append(cluster));
        return header.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Lanes that && that.clusters.equals(clusters);
    }

    @Override
    public int hashCode() {
        return clusters.hashCode();
    }

    @Override
    public String toString() {
        return header();
    }
}
