package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes the client of the API server. */
final class KubernetesClients {

    private KubernetesClients() {}

    static KubernetesClient of(KubernetesProperties kubernetes) {
        return new KubernetesClientBuilder().withConfig(config(kubernetes)).build();
    }

    /** Nothing is tried again by the client: the next round does that. */
    static Config config(KubernetesProperties kubernetes) {
        int timeout = Math.toIntExact(kubernetes.timeout().toMillis());
        ConfigBuilder config = new ConfigBuilder(kubernetes.url() == null ? Config.autoConfigure(null) : Config.empty())
                .withNamespace(kubernetes.namespace())
                .withConnectionTimeout(timeout)
                .withRequestTimeout(timeout)
                .withRequestRetryBackoffLimit(0)
                .withUserAgent("tricolor-deploy-service");
        if (kubernetes.url() != null) {
            config.withMasterUrl(kubernetes.url().toString());
        }
        Path token = kubernetes.tokenFile();
        if (token != null) {
            config.withOauthTokenProvider(() -> read(token));
        }
        if (kubernetes.ca() != null) {
            config.withCaCertFile(kubernetes.ca().toString());
        }
        return config.build();
    }

    /** A service account's token is exchanged from time to time. */
    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the token of Kubernetes cannot be read: " + file, e);
        }
    }
}
