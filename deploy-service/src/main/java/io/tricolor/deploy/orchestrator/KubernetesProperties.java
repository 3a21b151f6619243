package io.tricolor.deploy.orchestrator;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Kubernetes is, and what pods are made of.
 *
 * @param url of the API server; null: as the pod's service account says, else the kubeconfig
 * @param tokenFile bearer token, read again when it is used; null: as where the address comes from
 * @param ca certificate of the API server's authority; null: as where the address comes from
 * @param namespace in which everything lies
 * @param timeout of one call
 * @param killGrace how long an instance may take to end by itself before it is killed; whole seconds
 * @param port on which instances listen, of each pod's own address
 * @param runtimeImage in which artifacts that are files run; null: such are refused
 * @param fetchImage which fetches files, by sh, curl and sha256sum; null: such are refused
 */
@ConfigurationProperties("tricolor.kubernetes")
record KubernetesProperties(
        @Nullable URI url,
        @Nullable Path tokenFile,
        @Nullable Path ca,
        @DefaultValue("tricolor") String namespace,
        @DefaultValue("5s") Duration timeout,
        @DefaultValue("15s") Duration killGrace,
        @DefaultValue("8080") int port,
        @Nullable String runtimeImage,
        @Nullable String fetchImage) {

    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /** Throws {@link IllegalArgumentException} that names the key. */
    KubernetesProperties {
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new IllegalArgumentException("tricolor.kubernetes.namespace is no name of one: " + namespace);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.kubernetes.timeout must be above 0, not " + timeout);
        }
        if (killGrace.toSeconds() < 1) {
            throw new IllegalArgumentException("tricolor.kubernetes.kill-grace must be at least 1s, not " + killGrace);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("tricolor.kubernetes.port must be from 1 to 65535, not " + port);
        }
    }
}
