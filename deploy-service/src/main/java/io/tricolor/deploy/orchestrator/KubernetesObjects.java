package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.Refused;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is applied to Kubernetes for a definition: a Deployment, a headless Service, and a Secret. */
final class KubernetesObjects {

    /** Statuses with which the container that fetches an artifact ends. */
    static final int CHECKSUM_WRONG = 3;

    private static final String DIRECTORY = "/artifact";

    /**
     * Nothing from outside is part of this text: it all comes by the environment. What broke off is gone on with, and
     * what is not what was released is thrown away.
     */
    private static final String FETCH_SCRIPT = """
            set -u
            part="$TRICOLOR_FILE.part"
            right() { echo "$TRICOLOR_SHA256  $part" | sha256sum -c - >/dev/null 2>&1; }
            [ -f "$TRICOLOR_FILE" ] && exit 0
            if ! right; then
              curl --fail --silent --show-error --retry 5 --continue-at - --output "$part" -- "$TRICOLOR_SOURCE" || {
                [ $? = 22 ] && rm -f "$part"
                exit 4
              }
            fi
            right || { rm -f "$part"; exit 3; }
            mv "$part" "$TRICOLOR_FILE"
            """;

    private KubernetesObjects() {}

    /** Throws {@link Refused} when pods cannot be made of it here. */
    static Deployment deployment(ServiceDefinition definition, KubernetesProperties kubernetes) throws Refused {
        ServiceKey key = definition.key();
        Map<String, String> labels = KubernetesNames.labels(key);
        Map<String, String> digest = Map.of(KubernetesNames.DIGEST, definition.digest());
        List<Container> first = new ArrayList<>();
        List<Volume> volumes = new ArrayList<>();
        ContainerBuilder main = new ContainerBuilder()
                .withName(KubernetesNames.MAIN)
                .withEnv(environment(definition, kubernetes))
                .addNewPort()
                .withName(KubernetesNames.PORT)
                .withContainerPort(kubernetes.port())
                .withProtocol("TCP")
                .endPort()
                .withNewResources()
                .addToRequests("cpu", cpus(definition.manifest()))
                .addToRequests("memory", memory(definition.manifest()))
                .addToLimits("memory", memory(definition.manifest()))
                .endResources()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .endSecurityContext();
        probes(main, definition.manifest().healthCheck());
        List<String> args = definition.manifest().args().stream()
                .map(KubernetesObjects::literal)
                .toList();
        switch (definition.manifest().artifact()) {
            case Artifact.Image image ->
                main.withImage(image.repository() + "@" + image.digest()).withArgs(args);
            case Artifact.File file -> {
                first.add(fetching(file, source(definition, file), kubernetes));
                volumes.add(new VolumeBuilder()
                        .withName(KubernetesNames.FETCH)
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .build());
                main.withImage(kubernetes.runtimeImage())
                        .withCommand(args)
                        .withWorkingDir(DIRECTORY)
                        .addNewVolumeMount()
                        .withName(KubernetesNames.FETCH)
                        .withMountPath(DIRECTORY)
                        .endVolumeMount();
            }
        }
        return new DeploymentBuilder()
                .withNewMetadata()
                .withName(KubernetesNames.name(key))
                .withNamespace(kubernetes.namespace())
                .withLabels(labels)
                .withAnnotations(digest)
                .endMetadata()
                .withNewSpec()
                .withReplicas(definition.instances())
                .withRevisionHistoryLimit(2)
                .withNewSelector()
                .withMatchLabels(KubernetesNames.selector(key))
                .endSelector()
                // As Marathon does by itself: all new ones are started, then the old ones end.
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxSurge("100%")
                .withNewMaxUnavailable(0)
                .endRollingUpdate()
                .endStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .withAnnotations(digest)
                .endMetadata()
                .withNewSpec()
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(kubernetes.killGrace().toSeconds())
                .withInitContainers(first)
                .withContainers(main.build())
                .withVolumes(volumes)
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    /** Names the pods; traffic goes by the registry. */
    static Service service(ServiceKey key, KubernetesProperties kubernetes) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withName(KubernetesNames.name(key))
                .withNamespace(kubernetes.namespace())
                .withLabels(KubernetesNames.labels(key))
                .endMetadata()
                .withNewSpec()
                .withClusterIP("None")
                .withSelector(KubernetesNames.selector(key))
                .addNewPort()
                .withName(KubernetesNames.PORT)
                .withPort(kubernetes.port())
                .withProtocol("TCP")
                .withNewTargetPort(KubernetesNames.PORT)
                .endPort()
                .endSpec()
                .build();
    }

    /** Values that pods refer to; empty values take older ones away. */
    static Secret secret(ServiceDefinition definition, KubernetesProperties kubernetes) {
        Map<String, String> encoded = new TreeMap<>();
        Map<String, String> values = new TreeMap<>();
        definition.secrets().addTo(values);
        values.forEach((variable, value) ->
                encoded.put(variable, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
        return new SecretBuilder()
                .withNewMetadata()
                .withName(KubernetesNames.name(definition.key()))
                .withNamespace(kubernetes.namespace())
                .withLabels(KubernetesNames.labels(definition.key()))
                .endMetadata()
                .withType("Opaque")
                .withData(encoded)
                .build();
    }

    private static List<EnvVar> environment(ServiceDefinition definition, KubernetesProperties kubernetes) {
        Map<String, String> plain = new TreeMap<>(definition.manifest().env());
        plain.put("TRICOLOR_GROUP", definition.key().group());
        plain.put("TRICOLOR_CLUSTER", definition.key().cluster());
        plain.put("TRICOLOR_SERVICE", definition.key().service());
        plain.put("TRICOLOR_VERSION", definition.version());
        if (definition.manifest().configRevision() != null) {
            plain.put("TRICOLOR_CONFIG_REVISION", definition.manifest().configRevision());
        }
        plain.put("PORT", Integer.toString(kubernetes.port()));
        Map<String, EnvVar> variables = new TreeMap<>();
        plain.forEach((name, value) -> variables.put(name, new EnvVar(name, literal(value), null)));
        variables.put("HOST", ofPod("HOST", "status.podIP"));
        variables.put("TRICOLOR_INSTANCE", ofPod("TRICOLOR_INSTANCE", "metadata.name"));
        Map<String, String> secrets = new TreeMap<>();
        definition.secrets().addTo(secrets);
        secrets.keySet()
                .forEach(name -> variables.put(
                        name,
                        new EnvVarBuilder()
                                .withName(name)
                                .withNewValueFrom()
                                .withNewSecretKeyRef()
                                .withName(KubernetesNames.name(definition.key()))
                                .withKey(name)
                                .endSecretKeyRef()
                                .endValueFrom()
                                .build()));
        return List.copyOf(variables.values());
    }

    private static EnvVar ofPod(String name, String field) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath(field)
                .endFieldRef()
                .endValueFrom()
                .build();
    }

    private static Container fetching(Artifact.File file, String source, KubernetesProperties kubernetes)
            throws Refused {
        if (kubernetes.fetchImage() == null || kubernetes.runtimeImage() == null) {
            throw refused("an artifact that is a file needs tricolor.kubernetes.runtime-image and .fetch-image");
        }
        return new ContainerBuilder()
                .withName(KubernetesNames.FETCH)
                .withImage(kubernetes.fetchImage())
                .withCommand("sh", "-c", literal(FETCH_SCRIPT))
                .withWorkingDir(DIRECTORY)
                .withEnv(
                        new EnvVar("TRICOLOR_FILE", literal(fileName(source)), null),
                        new EnvVar("TRICOLOR_SHA256", file.sha256(), null),
                        new EnvVar("TRICOLOR_SOURCE", literal(source), null))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .addNewVolumeMount()
                .withName(KubernetesNames.FETCH)
                .withMountPath(DIRECTORY)
                .endVolumeMount()
                .build();
    }

    private static String source(ServiceDefinition definition, Artifact.File file) throws Refused {
        String source = definition.source() == null ? file.uri() : definition.source();
        if (!source.startsWith("http:") && !source.startsWith("https:")) {
            throw refused("pods cannot fetch " + URI.create(source).getScheme()
                    + ": artifacts; with tricolor.artifacts.url they come from the content store");
        }
        return source;
    }

    private static String fileName(String source) {
        String path = URI.create(source).getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static Refused refused(String why) {
        return new Refused(new Rejection(Code.INVALID_MANIFEST, why));
    }

    /**
     * A failed check takes an instance out at once, as in Marathon; so many in a row end it, and none does during the
     * grace period.
     */
    private static void probes(ContainerBuilder main, HealthCheck check) {
        main.withReadinessProbe(probe(check, 1));
        int failures = check.maxConsecutiveFailures();
        if (failures > 0) {
            long interval = Math.max(1, check.interval().toSeconds());
            long during = (check.gracePeriod().toSeconds() + interval - 1) / interval;
            main.withStartupProbe(probe(check, (int) Math.min(Integer.MAX_VALUE, during + failures)))
                    .withLivenessProbe(probe(check, failures));
        }
    }

    private static Probe probe(HealthCheck check, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(check.path())
                .withNewPort(KubernetesNames.PORT)
                .endHttpGet()
                .withPeriodSeconds((int) Math.max(1, check.interval().toSeconds()))
                .withTimeoutSeconds((int) Math.max(1, check.timeout().toSeconds()))
                .withFailureThreshold(failures)
                .build();
    }

    private static Quantity cpus(ServiceManifest manifest) {
        return new Quantity(Math.round(manifest.cpus() * 1000) + "m");
    }

    private static Quantity memory(ServiceManifest manifest) {
        return new Quantity(manifest.memoryMiB() + "Mi");
    }

    /** Kubernetes puts variables in the place of {@code $(NAME)}; here a text is that text. */
    private static String literal(String text) {
        return text.replace("$", "$$");
    }
}
