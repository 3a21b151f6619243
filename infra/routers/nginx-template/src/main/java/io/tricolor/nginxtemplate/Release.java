package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One rendered configuration.
 *
 * @param name of its content: the same tables and instances have the same name
 * @param http for the level http, without marker
 * @param content what workers that run it can do
 */
record Release(String name, String http, Content content) {

    /** By group. */
    record Content(SortedMap<String, GroupContent> groups) {}

    /**
     * What is rendered of a group; of one that has ended nothing but its last table.
     *
     * @param sha256 of its table; empty in a release of a program that did not write it
     * @param colored clusters that are not RED
     * @param mayBeInFlight those of them that a request can be sent to
     * @param usableInstances ids by cluster and service, of clusters that are not RED
     */
    record GroupContent(
            long epoch,
            long version,
            String sha256,
            List<String> colored,
            List<String> mayBeInFlight,
            SortedMap<String, SortedMap<String, List<String>>> usableInstances) {

        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        GroupContent {
            sha256 = sha256 == null ? "" : sha256;
        }

        TableIdentity identity() {
            return new TableIdentity(epoch, version, sha256);
        }
    }

    /**
     * Renders.
     *
     * @param tables one of each group, in the order of their names
     */
    static Release of(List<Renderer.Accepted> tables, Endpoints endpoints, List<String> listen) {
        SortedMap<String, GroupContent> groups = new TreeMap<>();
        for (Renderer.Accepted group : tables) {
            groups.put(group.table().table().group(), content(group, endpoints));
        }
        String http = HttpConf.render(
                tables.stream()
                        .map(Renderer.Accepted::table)
                        .filter(group -> !group.table().deleted())
                        .toList(),
                endpoints);
        Content content = new Content(groups);
        return new Release(
                digest(http + Json.STRICT.writeValueAsString(content) + ServerConf.LOCATION + listen), http, content);
    }

    private static GroupContent content(Renderer.Accepted accepted, Endpoints endpoints) {
        Expressible group = accepted.table();
        SortedMap<String, SortedMap<String, List<String>>> usable = new TreeMap<>();
        TreeSet<String> mayBeInFlight = new TreeSet<>();
        String name = group.table().group();
        endpoints.services().forEach((key, clusters) -> {
            if (key.group().equals(name)) {
                clusters.forEach((cluster, instances) -> {
                    if (group.rules().containsKey(cluster)) {
                        usable.computeIfAbsent(cluster, c -> new TreeMap<>())
                                .put(
                                        key.service(),
                                        instances.stream().map(Instance::id).toList());
                    }
                });
            }
        });
        TreeSet<String> allYellow = new TreeSet<>();
        for (ClusterStatus status : List.of(ClusterStatus.YELLOW, ClusterStatus.GREEN)) {
            for (String cluster : group.clusters(status)) {
                usable.getOrDefault(cluster, new TreeMap<>()).forEach((service, instances) -> {
                    // No request of a service is left for GREEN when a YELLOW cluster takes everybody.
                    if (!instances.isEmpty() && (status == ClusterStatus.YELLOW || !allYellow.contains(service))) {
                        mayBeInFlight.add(cluster);
                        if (status == ClusterStatus.YELLOW
                                && group.rule(cluster).all()) {
                            allYellow.add(service);
                        }
                    }
                });
            }
        }
        return new GroupContent(
                accepted.identity().epoch(),
                accepted.identity().version(),
                accepted.identity().sha256(),
                List.copyOf(group.rules().keySet()),
                List.copyOf(mayBeInFlight),
                usable);
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
