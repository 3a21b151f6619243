package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.secret.SecretValues;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.json.JsonMapper;

/**
 * Kubernetes. Each service of a cluster is a Deployment and a headless Service; both stay when nothing of it runs.
 * Everything is applied by the server with a field manager of our own. Watches have no certain replay, so an event is
 * used only as a reason to read again.
 *
 * <p>Which pod goes when there are to be fewer is chosen by a ReplicaSet: one that is not ready before any that is,
 * whatever it costs. So those that are to go are marked as the cheapest, written down on the Deployment together with
 * the lower number, and then deleted by name. What a crash leaves of that is made up for when services are listed.
 */
final class KubernetesOrchestrator implements Orchestrator, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(KubernetesOrchestrator.class);

    private static final Duration RECONNECT = Duration.ofSeconds(1);
    /** A watch is opened anew after that time: a connection can be dead without a sign. */
    private static final Duration WATCH = Duration.ofMinutes(5);

    private static final String CHEAPEST = "-1000";
    private static final int MAX_ERROR = 300;
    private static final int ATTEMPTS = 5;

    private final KubernetesClient client;
    private final KubernetesProperties kubernetes;
    private final InstantSource clock;
    private final JsonMapper json = new JsonMapper();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Loop events;

    KubernetesOrchestrator(
            KubernetesClient client, KubernetesProperties kubernetes, InstantSource clock, ProgressWatch watch) {
        this.client = client;
        this.kubernetes = kubernetes;
        this.clock = clock;
        this.events = Loop.named("kubernetes-events", this::listen)
                .backOff(RECONNECT, RECONNECT.multipliedBy(5))
                .mayTake(WATCH.multipliedBy(2))
                .auxiliary()
                .build(watch);
    }

    @Override
    public Map<ServiceKey, RunningService> services() throws Unavailable {
        Map<String, String> ours = Map.of(KubernetesNames.OWNER, KubernetesNames.MANAGER);
        List<Deployment> deployments = asked(() -> client.apps()
                .deployments()
                .inNamespace(kubernetes.namespace())
                .withLabels(ours)
                .list()
                .getItems());
        Map<ServiceKey, List<Pod>> pods = new HashMap<>();
        for (Pod pod : asked(() -> client.pods()
                .inNamespace(kubernetes.namespace())
                .withLabels(ours)
                .list()
                .getItems())) {
            KubernetesNames.key(pod.getMetadata().getLabels())
                    .ifPresent(key ->
                            pods.computeIfAbsent(key, some -> new ArrayList<>()).add(pod));
        }
        Map<ServiceKey, RunningService> services = new HashMap<>();
        for (Deployment deployment : deployments) {
            KubernetesNames.key(deployment.getMetadata().getLabels()).ifPresent(key -> {
                List<Pod> own = pods.getOrDefault(key, List.of());
                services.put(key, KubernetesReading.running(deployment, own, clock.instant()));
            });
        }
        for (Deployment deployment : deployments) {
            finish(deployment, pods);
        }
        return services;
    }

    /** Deletes what an earlier reduction was to stop, should it still be there. */
    private void finish(Deployment deployment, Map<ServiceKey, List<Pod>> pods) throws Unavailable {
        Optional<ServiceKey> key = KubernetesNames.key(deployment.getMetadata().getLabels());
        Map<String, String> annotations = deployment.getMetadata().getAnnotations();
        String withdrawn = annotations == null ? null : annotations.get(KubernetesNames.WITHDRAWN);
        if (key.isEmpty() || withdrawn == null) {
            return;
        }
        Set<String> names = Set.of(withdrawn.split(",", -1));
        for (Pod pod : pods.getOrDefault(key.get(), List.of())) {
            if (names.contains(pod.getMetadata().getName()) && !KubernetesReading.isTerminating(pod)) {
                log.info(
                        "{}: {} was to be stopped and still runs",
                        key.get(),
                        pod.getMetadata().getName());
                asked(() -> delete(pod));
            }
        }
    }

    @Override
    public Optional<RunningService> find(ServiceKey service) throws Unavailable {
        Deployment deployment = deployment(service);
        return deployment == null || !isOurs(deployment, service)
                ? Optional.empty()
                : Optional.of(KubernetesReading.running(deployment, pods(service), clock.instant()));
    }

    private @Nullable Deployment deployment(ServiceKey service) throws Unavailable {
        return asked(() -> client.apps()
                .deployments()
                .inNamespace(kubernetes.namespace())
                .withName(KubernetesNames.name(service))
                .get());
    }

    private List<Pod> pods(ServiceKey service) throws Unavailable {
        return asked(() -> client.pods()
                .inNamespace(kubernetes.namespace())
                .withLabels(KubernetesNames.labels(service))
                .list()
                .getItems());
    }

    private static boolean isOurs(HasMetadata object, ServiceKey service) {
        return KubernetesNames.key(object.getMetadata().getLabels())
                .filter(service::equals)
                .isPresent();
    }

    @Override
    public void deploy(ServiceDefinition definition, Overtake overtake) throws Unavailable, Busy, Refused {
        Deployment desired = KubernetesObjects.deployment(definition, kubernetes);
        Deployment present = deployment(definition.key());
        if (present != null && !isOurs(present, definition.key())) {
            throw new Refused(new Rejection(
                    Code.INVALID_MANIFEST,
                    "Kubernetes has a Deployment " + KubernetesNames.name(definition.key())
                            + " that is not Tricolor's"));
        }
        checkFree(definition.key(), present, overtake);
        SecretValues secrets = definition.secrets();
        if (!definition.manifest().secretEnv().isEmpty() || refersToSecrets(present)) {
            apply(definition.key(), KubernetesObjects.secret(definition, kubernetes), secrets);
        }
        apply(definition.key(), KubernetesObjects.service(definition.key(), kubernetes), secrets);
        apply(definition.key(), desired, secrets);
        log.info("Kubernetes takes {}: {} of {}", definition.key(), definition.instances(), definition.digest());
    }

    private static boolean refersToSecrets(@Nullable Deployment deployment) {
        return deployment != null
                && deployment.getSpec().getTemplate().getSpec().getContainers().stream()
                        .flatMap(container -> container.getEnv().stream())
                        .anyMatch(variable -> variable.getValueFrom() != null
                                && variable.getValueFrom().getSecretKeyRef() != null);
    }

    /** What others manage of it stays theirs; of what we say we are sure. */
    private void apply(ServiceKey key, HasMetadata object, SecretValues secrets) throws Unavailable, Busy, Refused {
        changed(
                key,
                secrets,
                () -> client.resource(object)
                        .fieldManager(KubernetesNames.MANAGER)
                        .forceConflicts()
                        .serverSideApply());
    }

    @Override
    public void scale(ServiceKey service, int instances, Overtake overtake) throws Unavailable, Busy, Refused {
        Deployment present = existing(service);
        checkFree(service, present, overtake);
        scaleTo(service, instances, null, overtake == Overtake.WAIT ? present : null);
    }

    @Override
    public void stop(ServiceKey service, List<String> instanceIds, Overtake overtake)
            throws Unavailable, Busy, Refused {
        Deployment present = existing(service);
        checkFree(service, present, overtake);
        List<Pod> leaving = pods(service).stream()
                .filter(pod -> instanceIds.contains(pod.getMetadata().getName()))
                .filter(pod -> KubernetesReading.isPresent(pod) && !KubernetesReading.isTerminating(pod))
                .toList();
        if (leaving.isEmpty()) {
            return;
        }
        for (Pod pod : leaving) {
            changed(
                    service,
                    SecretValues.NONE,
                    () -> client.resource(bare(pod))
                            .patch(
                                    merge(),
                                    text(Map.of(
                                            "metadata",
                                            Map.of("annotations", Map.of(KubernetesNames.DELETION_COST, CHEAPEST))))));
        }
        String names = String.join(
                ",", leaving.stream().map(pod -> pod.getMetadata().getName()).toList());
        lower(service, present, leaving.size(), names, overtake);
        for (Pod pod : leaving) {
            changed(service, SecretValues.NONE, () -> delete(pod));
        }
        log.info("Kubernetes takes {}: {} are stopped", service, names);
    }

    /**
     * The number counts from what was read, so nothing may have changed meanwhile, be it a status: then it is read
     * again.
     */
    private void lower(ServiceKey service, Deployment read, int by, String withdrawn, Overtake overtake)
            throws Unavailable, Busy, Refused {
        Deployment present = read;
        for (int attempt = 1; ; attempt++) {
            try {
                scaleTo(service, Math.max(0, KubernetesReading.replicas(present) - by), withdrawn, present);
                return;
            } catch (Busy e) {
                if (overtake == Overtake.WAIT || attempt == ATTEMPTS) {
                    throw e;
                }
                present = existing(service);
            }
        }
    }

    /**
     * Changes the number.
     *
     * @param withdrawn pods that go, with commas between; null: whichever
     * @param unlessChangedSince as it was read; null: whatever it is now
     */
    private void scaleTo(
            ServiceKey service, int instances, @Nullable String withdrawn, @Nullable Deployment unlessChangedSince)
            throws Unavailable, Busy, Refused {
        Map<String, Object> annotations = new LinkedHashMap<>();
        annotations.put(KubernetesNames.WITHDRAWN, withdrawn);
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("annotations", annotations);
        if (unlessChangedSince != null) {
            metadata.put("resourceVersion", unlessChangedSince.getMetadata().getResourceVersion());
        }
        Deployment named = new DeploymentBuilder()
                .withNewMetadata()
                .withName(KubernetesNames.name(service))
                .withNamespace(kubernetes.namespace())
                .endMetadata()
                .build();
        changed(
                service,
                SecretValues.NONE,
                () -> client.resource(named)
                        .patch(merge(), text(Map.of("metadata", metadata, "spec", Map.of("replicas", instances)))));
        log.info("Kubernetes takes {}: {} instances", service, instances);
    }

    private static PatchContext merge() {
        return new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager(KubernetesNames.MANAGER)
                .build();
    }

    private static Pod bare(Pod pod) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(pod.getMetadata().getName())
                .withNamespace(pod.getMetadata().getNamespace())
                .endMetadata()
                .build();
    }

    private List<?> delete(Pod pod) {
        return client.pods()
                .inNamespace(kubernetes.namespace())
                .withName(pod.getMetadata().getName())
                .delete();
    }

    private String text(Map<String, Object> patch) {
        return json.writeValueAsString(patch);
    }

    private Deployment existing(ServiceKey service) throws Unavailable, Refused {
        Deployment present = deployment(service);
        if (present == null || !isOurs(present, service)) {
            throw new Refused(new Rejection(Code.INVALID_MANIFEST, "Kubernetes has no " + service));
        }
        return present;
    }

    private static void checkFree(ServiceKey service, @Nullable Deployment present, Overtake overtake) throws Busy {
        if (present != null && overtake == Overtake.WAIT && KubernetesReading.isChanging(present)) {
            throw new Busy("Kubernetes is still changing " + KubernetesNames.name(service));
        }
    }

    private <T> T asked(Supplier<T> call) throws Unavailable {
        try {
            return call.get();
        } catch (KubernetesClientException e) {
            throw unavailable(e, SecretValues.NONE);
        }
    }

    private void changed(ServiceKey key, SecretValues secrets, Supplier<?> call) throws Unavailable, Busy, Refused {
        try {
            var _ = call.get();
        } catch (KubernetesClientException e) {
            switch (e.getCode()) {
                case 409 -> throw new Busy("Kubernetes has changed " + KubernetesNames.name(key) + " meanwhile");
                case 400, 422 ->
                    throw new Refused(new Rejection(
                            Code.INVALID_MANIFEST,
                            "Kubernetes refuses " + KubernetesNames.name(key) + ": " + shortened(e, secrets)));
                default -> throw unavailable(e, secrets);
            }
        }
    }

    private static Unavailable unavailable(KubernetesClientException e, SecretValues secrets) {
        return new Unavailable(
                e.getCode() == 0
                        ? "Kubernetes cannot be reached: " + shortened(e, secrets)
                        : "Kubernetes answered " + e.getCode() + ": " + shortened(e, secrets));
    }

    /** What Kubernetes answers may repeat what it was sent. */
    private static String shortened(KubernetesClientException e, SecretValues secrets) {
        String text = e.getStatus() != null && e.getStatus().getMessage() != null
                ? e.getStatus().getMessage()
                : String.valueOf(e.getMessage());
        String masked = secrets.masked(text);
        return masked.length() <= MAX_ERROR ? masked : masked.substring(0, MAX_ERROR) + "…";
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void start() {
        events.start();
    }

    private void listen() throws InterruptedException, WatcherException {
        CountDownLatch closed = new CountDownLatch(1);
        Map<String, String> ours = Map.of(KubernetesNames.OWNER, KubernetesNames.MANAGER);
        try (Watch _ = client.apps()
                        .deployments()
                        .inNamespace(kubernetes.namespace())
                        .withLabels(ours)
                        .watch(new Hint<>(closed));
                Watch _ = client.pods()
                        .inNamespace(kubernetes.namespace())
                        .withLabels(ours)
                        .watch(new Hint<>(closed))) {
            // Something may have happened while nobody listened: that it begins is news too.
            hint();
            var _ = closed.await(WATCH.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Whatever it is that has changed, everything is read again. */
    private final class Hint<T> implements Watcher<T> {

        private final CountDownLatch closed;

        private Hint(CountDownLatch closed) {
            this.closed = closed;
        }

        @Override
        public void eventReceived(Action action, T object) {
            hint();
        }

        @Override
        public void onClose(WatcherException cause) {
            closed.countDown();
        }

        @Override
        public void onClose() {
            closed.countDown();
        }
    }

    private void hint() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public void stop() {
        events.stop();
    }

    @Override
    public boolean isRunning() {
        return events.isRunning();
    }
}
