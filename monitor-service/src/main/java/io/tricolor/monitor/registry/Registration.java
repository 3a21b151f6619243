package io.tricolor.monitor.registry;

import java.util.Map;

/**
 * One registered instance with what Consul says of it.
 *
 * @param passing whether all of its checks pass
 * @param checks the worst check status: passing, warning or critical
 */
public record Registration(
        String service, String id, String host, int port, Map<String, String> meta, boolean passing, String checks) {

    /** Meta key of the group; instances of groups have it, services of the suite do not. */
    public static final String GROUP = "tricolor-group";

    /** Meta key of the cluster. */
    public static final String CLUSTER = "tricolor-cluster";

    /** Meta key of the service within the group. */
    public static final String SERVICE = "tricolor-service";

    /** Meta key of the version. */
    public static final String VERSION = "tricolor-version";

    /** Meta key of the path of its metrics, where it has any. */
    public static final String METRICS_PATH = "tricolor-metrics-path";

    /** Copies the meta data. */
    public Registration {
        meta = Map.copyOf(meta);
    }

    /** Whether it belongs to a cluster of a group. */
    public boolean isOfGroup() {
        return meta.containsKey(GROUP);
    }

    /** Host and port. */
    public String address() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Its name as a subject of health. */
    public String subjectId() {
        return isOfGroup()
                ? "instance/" + meta.get(GROUP) + "/" + meta.getOrDefault(CLUSTER, "-") + "/"
                        + meta.getOrDefault(SERVICE, service) + "/" + id
                : "service/" + service + "/" + address();
    }
}
