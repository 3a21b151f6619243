package io.tricolor.routing;

import io.tricolor.contracts.group.Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the group and the service that a request is for, over the entries of many tables. Immutable.
 *
 * <p>Entries with the host of the request come first, then those without a host; among them the longest path prefix
 * that matches whole segments: {@code /api} matches {@code /api} and {@code /api/x}, not {@code /apix}. A slash at the
 * end of a prefix carries no meaning. Paths are compared as they stand in the request line, nothing is decoded. When
 * several groups claim the same host and prefix, the first by group id has it.
 */
public final class EntryIndex {

    private final Map<String, Prefixes> byHost;
    private final Prefixes anyHost;
    private final List<Conflict> conflicts;

    private EntryIndex(Map<String, Prefixes> byHost, Prefixes anyHost, List<Conflict> conflicts) {
        this.byHost = byHost;
        this.anyHost = anyHost;
        this.conflicts = List.copyOf(conflicts);
    }

    /** What a request is for. */
    public record Target(String group, String service) {}

    /** An entry that is without effect, because {@code winner} has the same host and prefix. */
    public record Conflict(String group, Entry entry, String winner) {}

    /** Index over at most one table of each group. */
    public static EntryIndex of(Collection<RouteTable> tables) {
        Map<String, Prefixes> byHost = new HashMap<>();
        Prefixes anyHost = new Prefixes();
        List<Conflict> conflicts = new ArrayList<>();
        tables.stream()
                .sorted(Comparator.comparing(RouteTable::group))
                .forEach(table -> table.entries().forEach(entry -> {
                    String host = entry.host();
                    Prefixes prefixes = host == null ? anyHost : byHost.computeIfAbsent(host, h -> new Prefixes());
                    Target before = prefixes.add(entry.pathPrefix(), new Target(table.group(), entry.service()));
                    if (before != null) {
                        conflicts.add(new Conflict(table.group(), entry, before.group()));
                    }
                }));
        return new EntryIndex(byHost, anyHost, conflicts);
    }

    /**
     * Finds the target of a request.
     *
     * @param host value of the Host header, with port or without, in any case; null when there is none
     * @param path raw path of the request line, without query
     * @return null when no entry matches
     */
    public @Nullable Target find(@Nullable String host, String path) {
        if (host != null && !byHost.isEmpty()) {
            Prefixes prefixes = byHost.get(canonicalHost(host));
            Target target = prefixes == null ? null : prefixes.find(path);
            if (target != null) {
                return target;
            }
        }
        return anyHost.find(path);
    }

    public List<Conflict> conflicts() {
        return conflicts;
    }

    /** Lower case, without port and without the dot at the end. */
    static String canonicalHost(String host) {
        String name = host.trim().toLowerCase(Locale.ROOT);
        int port = name.lastIndexOf(':');
        if (port > name.lastIndexOf(']') && name.indexOf(':') >= (name.startsWith("[") ? 0 : port)) {
            name = name.substring(0, port);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** Without slashes at the end; the root is the empty text. */
    static String canonicalPrefix(String prefix) {
        int end = prefix.length();
        while (end > 0 && prefix.charAt(end - 1) == '/') {
            end--;
        }
        return prefix.substring(0, end);
    }

    /**
     * Prefixes of one host. A look-up costs one map access per segment, for no more segments than the deepest prefix
     * has.
     */
    private static final class Prefixes {

        private final Map<String, Target> targets = new HashMap<>();
        private int deepest;

        @Nullable
        Target add(String prefix, Target target) {
            String key = canonicalPrefix(prefix);
            deepest = Math.max(deepest, (int) key.chars().filter(c -> c == '/').count());
            return targets.putIfAbsent(key, target);
        }

        @Nullable
        Target find(String path) {
            if (targets.isEmpty() || !path.startsWith("/")) {
                return null;
            }
            int end = endOfSegment(path, deepest);
            while (true) {
                Target target = targets.get(path.substring(0, end));
                if (target != null || end == 0) {
                    return target;
                }
                end = path.lastIndexOf('/', end - 1);
            }
        }

        /** Where the n-th segment of the path ends, or the path itself when it has fewer. */
        private static int endOfSegment(String path, int n) {
            int end = 0;
            for (int segment = 0; segment < n && end < path.length(); segment++) {
                int next = path.indexOf('/', end + 1);
                end = next < 0 ? path.length() : next;
            }
            return end;
        }
    }
}
