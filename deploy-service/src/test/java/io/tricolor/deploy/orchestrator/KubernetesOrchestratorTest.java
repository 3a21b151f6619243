package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.SecretRef;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.SampleManifest;
import io.tricolor.deploy.kubernetes.TestKubernetes;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Overtake;
import io.tricolor.deploy.orchestrator.Orchestrator.Refused;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import io.tricolor.deploy.secret.SecretValues;
import io.tricolor.kit.loop.ProgressWatch;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter on an API server in memory, whose pods only seem to run. */
@Tag("slow")
class KubernetesOrchestratorTest extends OrchestratorContract {

    private static final String SOURCE = "http://127.0.0.1:1/artifacts/sha256/x/sample.jar";

    @TempDir
    private static Path dir;

    private static TestKubernetes cluster;
    private static KubernetesClient client;

    private KubernetesOrchestrator kubernetes;

    @BeforeAll
    static void startCluster() {
        cluster = TestKubernetes.withoutProcesses(dir);
        client = KubernetesClients.of(properties(cluster.url()));
    }

    @AfterAll
    static void stopCluster() {
        client.close();
        cluster.close();
    }

    @BeforeEach
    void start() {
        kubernetes = new KubernetesOrchestrator(
                client, properties(cluster.url()), InstantSource.system(), new ProgressWatch(ProgressWatch.LIMIT));
        kubernetes.start();
    }

    @AfterEach
    void stop() {
        cluster.fail(0);
        cluster.standStill(false);
        kubernetes.stop();
    }

    static KubernetesProperties properties(URI url) {
        return new KubernetesProperties(
                url,
                null,
                null,
                TestKubernetes.NAMESPACE,
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                8080,
                "registry.example/java@sha256:" + "1".repeat(64),
                "registry.example/fetch@sha256:" + "2".repeat(64));
    }

    @Override
    Orchestrator orchestrator() {
        return kubernetes;
    }

    @Override
    ServiceDefinition completed(ServiceDefinition d) {
        return new ServiceDefinition(
                d.key(), d.manifest(), d.version(), d.digest(), d.instances(), d.secrets(), SOURCE);
    }

    @Override
    void settle() {
        // it lives by itself
    }

    @Test
    void the_withdrawn_one_goes_and_no_serving_one_though_another_is_not_ready() throws Exception {
        kubernetes.deploy(definition("d1", 3, Map.of()), Overtake.WAIT);
        List<String> ids = ids(awaitService(service -> healthy(service) == 3 && !service.changing()));
        // Fewer: a ReplicaSet by itself would take the one that is not ready.
        cluster.unready(ids.get(2));
        awaitService(service -> healthy(service) == 2);
        kubernetes.stop(key, List.of(ids.getFirst()), Overtake.REPLACE);
        RunningService less = awaitService(service ->
                service.tasks().size() == 2 && !ids(service).contains(ids.getFirst()) && healthy(service) >= 1);
        assertThat(ids(less)).contains(ids.get(1)).doesNotContain(ids.getFirst());
        assertThat(less.instances()).isEqualTo(2);
    }

    @Test
    void what_a_crash_left_of_a_stop_is_made_up_for() throws Exception {
        kubernetes.deploy(definition("d1", 2, Map.of()), Overtake.WAIT);
        List<String> ids = ids(awaitService(service -> healthy(service) == 2 && !service.changing()));
        // Written down with the lower number, and then nothing more was done. A ReplicaSet would take the other one.
        cluster.standStill(true);
        client.apps()
                .deployments()
                .inNamespace(TestKubernetes.NAMESPACE)
                .withName(KubernetesNames.name(key))
                .patch(PatchContext.of(PatchType.JSON_MERGE), """
                        {"metadata":{"annotations":{"%s":"%s"}},"spec":{"replicas":1}}""".formatted(KubernetesNames.WITHDRAWN, ids.getFirst()));
        kubernetes.services();
        cluster.standStill(false);
        RunningService less =
                awaitService(service -> service.tasks().size() == 1 && healthy(service) == 1 && !service.changing());
        assertThat(ids(less)).doesNotContain(ids.getFirst());
    }

    @Test
    void secrets_are_referred_to_and_stand_in_no_deployment() throws Exception {
        ServiceDefinition d = definition("d1", 1, Map.of("PRICE", "5$(X)$$"));
        ServiceManifest m = d.manifest();
        ServiceManifest withSecret = new ServiceManifest(
                m.name(),
                m.artifact(),
                m.args(),
                m.env(),
                new TreeMap<>(Map.of("DB_PASSWORD", new SecretRef("shop-db"))),
                null,
                m.cpus(),
                m.memoryMiB(),
                m.healthCheck(),
                null,
                null);
        SecretValues secrets = new SecretValues(Map.of("DB_PASSWORD", "hunter2"));
        kubernetes.deploy(new ServiceDefinition(key, withSecret, "1", "d1", 1, secrets, SOURCE), Overtake.WAIT);
        String deployment = Serialization.asJson(mine(Deployment.class));
        assertThat(deployment)
                .doesNotContain("hunter2")
                .doesNotContain("aHVudGVyMg==")
                .contains("secretKeyRef");
        assertThat(deployment).as("no variable is put in").contains("5$$(X)$$$$");
        assertThat(mine(Secret.class).getData()).containsExactly(Map.entry("DB_PASSWORD", "aHVudGVyMg=="));

        awaitService(service -> healthy(service) == 1 && !service.changing());
        kubernetes.deploy(definition("d2", 1, Map.of()), Overtake.WAIT);
        assertThat(mine(Secret.class).getData()).as("none is named any more").isNullOrEmpty();
    }

    @Test
    void an_image_runs_by_its_digest_and_keeps_its_entry_point() throws Exception {
        ServiceManifest m = SampleManifest.service(SampleManifest.sha256(), Map.of());
        ServiceManifest image = new ServiceManifest(
                m.name(),
                new Artifact.Image("registry.example/shop/web", "sha256:" + "a".repeat(64)),
                List.of("--verbose"),
                m.env(),
                null,
                m.cpus(),
                m.memoryMiB(),
                m.healthCheck(),
                "shop/prod/main@3",
                null);
        kubernetes.deploy(new ServiceDefinition(key, image, "1", "d1", 0), Overtake.WAIT);
        var pod = mine(Deployment.class).getSpec().getTemplate().getSpec();
        assertThat(pod.getInitContainers()).isEmpty();
        assertThat(pod.getContainers()).singleElement().satisfies(main -> {
            assertThat(main.getImage()).isEqualTo("registry.example/shop/web@sha256:" + "a".repeat(64));
            assertThat(main.getCommand()).isEmpty();
            assertThat(main.getArgs()).containsExactly("--verbose");
            assertThat(main.getEnv()).anySatisfy(variable -> {
                assertThat(variable.getName()).isEqualTo("TRICOLOR_CONFIG_REVISION");
                assertThat(variable.getValue()).isEqualTo("shop/prod/main@3");
            });
            assertThat(main.getResources().getRequests().get("cpu")).hasToString("100m");
            assertThat(main.getResources().getLimits().get("memory")).hasToString("64Mi");
            assertThat(main.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/health");
            assertThat(main.getStartupProbe().getFailureThreshold())
                    .as("60 s grace, then 3")
                    .isEqualTo(63);
        });
        assertThat(mine(Service.class).getSpec().getClusterIP()).isEqualTo("None");
    }

    @Test
    void refuses_a_file_that_pods_cannot_fetch_and_one_without_an_image_to_run_in() {
        ServiceDefinition d = definition("d1", 1, Map.of());
        assertThatThrownBy(
                        () -> kubernetes.deploy(new ServiceDefinition(key, d.manifest(), "1", "d1", 1), Overtake.WAIT))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("tricolor.artifacts.url");
        KubernetesProperties p = properties(cluster.url());
        KubernetesProperties bare = new KubernetesProperties(
                p.url(), null, null, p.namespace(), p.timeout(), p.killGrace(), p.port(), null, null);
        assertThatThrownBy(() -> KubernetesObjects.deployment(d, bare))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("runtime-image");
    }

    @Test
    void a_deployment_of_somebody_else_is_left_alone() throws Exception {
        cluster.create(new DeploymentBuilder(
                        KubernetesObjects.deployment(definition("d1", 0, Map.of()), properties(cluster.url())))
                .editMetadata()
                .removeFromLabels(KubernetesNames.OWNER)
                .endMetadata()
                .build());
        assertThat(kubernetes.services()).doesNotContainKey(key);
        assertThat(kubernetes.find(key)).isEmpty();
        assertThatThrownBy(() -> kubernetes.deploy(definition("d2", 1, Map.of()), Overtake.REPLACE))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("not Tricolor's");
    }

    @Test
    void nothing_is_made_of_a_server_that_fails() throws Exception {
        kubernetes.deploy(definition("d1", 1, Map.of()), Overtake.WAIT);
        awaitService(service -> healthy(service) == 1);
        cluster.fail(503);
        assertThatThrownBy(() -> kubernetes.services()).isInstanceOf(Unavailable.class);
        assertThatThrownBy(() -> kubernetes.find(key)).isInstanceOf(Unavailable.class);
        assertThatThrownBy(() -> kubernetes.scale(key, 2, Overtake.REPLACE)).isInstanceOf(Unavailable.class);
        assertThatThrownBy(() -> kubernetes.deploy(definition("d2", 1, Map.of()), Overtake.REPLACE))
                .isInstanceOf(Unavailable.class);
    }

    @Test
    void what_others_wrote_on_a_deployment_stays() throws Exception {
        kubernetes.deploy(definition("d1", 0, Map.of()), Overtake.WAIT);
        client.apps()
                .deployments()
                .inNamespace(TestKubernetes.NAMESPACE)
                .withName(KubernetesNames.name(key))
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"team\":\"checkout\"}}}");
        kubernetes.deploy(definition("d2", 0, Map.of()), Overtake.REPLACE);
        assertThat(mine(Deployment.class).getMetadata().getAnnotations())
                .containsEntry("team", "checkout")
                .containsEntry(KubernetesNames.DIGEST, "d2");
    }

    /** The role is held against every request of this class; here that it grants nothing that is not needed. */
    @Test
    void every_right_of_the_role_is_used() throws Exception {
        secrets_are_referred_to_and_stand_in_no_deployment();
        kubernetes.scale(key, 2, Overtake.REPLACE);
        RunningService up = awaitService(service -> healthy(service) == 2 && !service.changing());
        kubernetes.find(key);
        kubernetes.stop(key, List.of(ids(up).getFirst()), Overtake.REPLACE);
        new KubernetesLogs(client, properties(cluster.url())).tail(ids(up).getLast(), Stream.STDOUT, 1);
        await().untilAsserted(
                        () -> assertThat(cluster.used()).containsExactlyInAnyOrderElementsOf(TestKubernetes.granted()));
    }

    @Test
    void the_pods_of_one_that_stops_are_told_as_unhealthy_and_not_counted_twice() throws Exception {
        kubernetes.deploy(definition("d1", 2, Map.of()), Overtake.WAIT);
        List<String> ids = ids(awaitService(service -> healthy(service) == 2 && !service.changing()));
        cluster.standStill(true);
        kubernetes.stop(key, List.of(ids.getFirst()), Overtake.REPLACE);
        kubernetes.stop(key, List.of(ids.getFirst()), Overtake.REPLACE);
        assertThat(kubernetes.services().get(key)).satisfies(service -> {
            assertThat(service.instances()).isEqualTo(1);
            assertThat(service.tasks()).extracting(Task::health).containsOnlyOnce(Health.UNHEALTHY);
        });
        assertThat(cluster.all(Pod.class).stream()
                        .filter(pod -> pod.getMetadata().getName().equals(ids.getFirst()))
                        .findFirst())
                .hasValueSatisfying(pod ->
                        assertThat(pod.getMetadata().getAnnotations()).containsKey(KubernetesNames.DELETION_COST));
    }

    private <T extends io.fabric8.kubernetes.api.model.HasMetadata> T mine(Class<T> kind) {
        return cluster.all(kind).stream()
                .filter(object -> object.getMetadata().getName().equals(KubernetesNames.name(key)))
                .findFirst()
                .orElseThrow();
    }
}
