package io.tricolor.deploy.orchestrator;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Names, labels and annotations in Kubernetes. */
final class KubernetesNames {

    /** Field manager of everything that is applied or patched. */
    static final String MANAGER = "tricolor";

    static final String OWNER = "app.kubernetes.io/managed-by";
    static final String GROUP = "tricolor.io/group";
    static final String CLUSTER = "tricolor.io/cluster";
    static final String SERVICE = "tricolor.io/service";
    /** Of the definition, on the Deployment and on its pods. */
    static final String DIGEST = "tricolor.io/digest";
    /** Pods that the last reduction of the number was to stop, on the Deployment. */
    static final String WITHDRAWN = "tricolor.io/withdrawn";

    static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    static final String MAIN = "main";
    static final String FETCH = "artifact";
    static final String PORT = "http";

    private static final int GROUP_LENGTH = 16;
    private static final int SERVICE_LENGTH = 20;
    private static final int HASH_LENGTH = 6;

    private KubernetesNames() {}

    /**
     * Name of a service's Deployment, Service and Secret: at most 61 characters, and no other service's. Group and
     * cluster are told apart by a hash, since names may have dashes.
     */
    static String name(ServiceKey key) {
        String service = key.service();
        String end = service.length() <= SERVICE_LENGTH
                ? service
                : service.substring(0, SERVICE_LENGTH - HASH_LENGTH - 1) + "-" + hash(service);
        return prefix(key.group(), key.cluster()) + end;
    }

    /** How the names of all that belongs to a cluster begin. */
    static String prefix(String group, String cluster) {
        String readable = group.length() <= GROUP_LENGTH ? group : group.substring(0, GROUP_LENGTH);
        return readable + "-" + cluster.toLowerCase(Locale.ROOT) + "-" + hash(group + "/" + cluster) + "-";
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, HASH_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static Map<String, String> labels(ServiceKey key) {
        return Map.of(OWNER, MANAGER, GROUP, key.group(), CLUSTER, key.cluster(), SERVICE, key.service());
    }

    /** By which a Deployment and a Service know their pods. */
    static Map<String, String> selector(ServiceKey key) {
        return Map.of(GROUP, key.group(), CLUSTER, key.cluster(), SERVICE, key.service());
    }

    /** Empty for what is not ours. */
    static Optional<ServiceKey> key(Map<String, String> labels) {
        String group = labels.get(GROUP);
        String cluster = labels.get(CLUSTER);
        String service = labels.get(SERVICE);
        return MANAGER.equals(labels.get(OWNER)) && group != null && cluster != null && service != null
                ? Optional.of(new ServiceKey(group, cluster, service))
                : Optional.empty();
    }
}
