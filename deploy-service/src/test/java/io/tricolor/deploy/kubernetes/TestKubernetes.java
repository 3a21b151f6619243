package io.tricolor.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.tricolor.engines.TricolorHome;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kubernetes for tests: fabric8's API server in memory, and in one thread what the controllers of a cluster and the
 * agent of its one machine do. Pods run as processes, or only seem to: then one is ready unless its environment says
 * {@code FAIL_HEALTH=1}. It is no Kubernetes: what is not written here it does not do.
 */
public final class TestKubernetes implements AutoCloseable {

    /** In which everything lies. */
    public static final String NAMESPACE = "tricolor";

    private static final Logger log = LoggerFactory.getLogger(TestKubernetes.class);

    /** It tells of every request. Held here: a logger that nobody holds forgets its level. */
    private static final java.util.logging.Logger NOISE =
            java.util.logging.Logger.getLogger("io.fabric8.mockwebserver");

    private static final String HASH = "pod-template-hash";
    private static final String COST = "controller.kubernetes.io/pod-deletion-cost";
    private static final long TICK_MILLIS = 50;

    private final ApiServer api;
    private final KubernetesMockServer server;
    private final Node node;
    private final boolean processes;
    private final Semaphore news = new Semaphore(0);
    private final Set<String> notReady = ConcurrentHashMap.newKeySet();
    private final Map<String, String> addresses = new HashMap<>();
    private final int network = ThreadLocalRandom.current().nextInt(10, 250);
    private final Thread controller;
    private final Thread atExit;
    private volatile boolean closed;
    private volatile boolean standsStill;
    private int number;

    private TestKubernetes(Path directory, boolean processes) {
        NOISE.setLevel(java.util.logging.Level.WARNING);
        this.processes = processes;
        Path rbac = TricolorHome.find().resolve("infra/kubernetes/rbac.yaml");
        node = new Node(directory.resolve("pods"), this::secret);
        api = new ApiServer(NAMESPACE, "tricolor-deploy-service", Rights.granted(rbac), news::release, node::log);
        server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), api, false);
        server.init(InetAddress.getLoopbackAddress(), 0);
        controller = Thread.ofPlatform().daemon().name("kubernetes").start(this::control);
        atExit = new Thread(node::close);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** One whose pods are processes. */
    public static TestKubernetes withProcesses(Path directory) {
        return new TestKubernetes(directory, true);
    }

    /** One whose pods only seem to run. */
    public static TestKubernetes withoutProcesses(Path directory) {
        return new TestKubernetes(directory, false);
    }

    /** Of its API server. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    /** What the role in {@code infra/kubernetes/rbac.yaml} grants. */
    public static Set<String> granted() {
        return Rights.granted(TricolorHome.find().resolve("infra/kubernetes/rbac.yaml"));
    }

    /** What deploy-service has done so far. */
    public Set<String> used() {
        return api.used();
    }

    /** Answers everything with this status from now on; 0: as it should. */
    public void fail(int status) {
        api.fail(status);
    }

    /** Lets a pod that only seems to run fail its checks from now on. */
    public void unready(String pod) {
        notReady.add(pod);
        news.release();
    }

    /** Lets nothing be done with what is written, or all of it from now on. */
    public void standStill(boolean value) {
        standsStill = value;
        news.release();
    }

    /** Everything of a kind. */
    public <T extends HasMetadata> List<T> all(Class<T> kind) {
        return api.all(kind);
    }

    /** Creates something. */
    public void create(HasMetadata object) {
        api.create(object);
    }

    private Optional<Secret> secret(String name) {
        return api.all(Secret.class).stream()
                .filter(secret -> secret.getMetadata().getName().equals(name))
                .findFirst();
    }

    private void control() {
        while (!closed) {
            try {
                if (!standsStill) {
                    for (Deployment deployment : api.all(Deployment.class)) {
                        replicas(deployment);
                        status(deployment);
                    }
                    api.all(Pod.class).forEach(this::pod);
                }
                if (news.tryAcquire(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) { // the next turn tries again, as a controller does
                log.warn("the controller of the test's Kubernetes failed", e);
            }
        }
    }

    /** What the controllers of Deployments and ReplicaSets do with at most twice as many pods, and never fewer. */
    private void replicas(Deployment deployment) {
        int desired = deployment.getSpec().getReplicas();
        String hash = hash(deployment);
        List<Pod> live = live(deployment);
        List<Pod> fresh = new ArrayList<>(live.stream()
                .filter(pod -> isOf(pod, hash))
                .sorted(VICTIMS_FIRST)
                .toList());
        while (fresh.size() > desired) {
            api.terminate(fresh.removeFirst());
        }
        for (int missing = fresh.size(); missing < desired; missing++) {
            api.create(new PodBuilder()
                    .withMetadata(new ObjectMetaBuilder()
                            .withName(deployment.getMetadata().getName() + "-" + hash + "-"
                                    + String.format("%05d", ++number))
                            .withNamespace(NAMESPACE)
                            .withLabels(deployment
                                    .getSpec()
                                    .getTemplate()
                                    .getMetadata()
                                    .getLabels())
                            .addToLabels(HASH, hash)
                            .withAnnotations(deployment
                                    .getSpec()
                                    .getTemplate()
                                    .getMetadata()
                                    .getAnnotations())
                            .withCreationTimestamp(now())
                            .build())
                    .withSpec(deployment.getSpec().getTemplate().getSpec())
                    .withNewStatus()
                    .withPhase("Pending")
                    .endStatus()
                    .build());
        }
        long ready = live.stream().filter(TestKubernetes::isReady).count();
        for (Pod old : live.stream().filter(pod -> !isOf(pod, hash)).toList()) {
            if (!isReady(old) || desired == 0) {
                api.terminate(old);
            } else if (ready > desired) {
                api.terminate(old);
                ready--;
            }
        }
    }

    /** A ReplicaSet prefers those that are not ready, then the cheapest, then the youngest. */
    private static final Comparator<Pod> VICTIMS_FIRST = Comparator.comparing(TestKubernetes::isReady)
            .thenComparing(TestKubernetes::cost)
            .thenComparing(pod -> pod.getMetadata().getName(), Comparator.reverseOrder());

    private static int cost(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? 0 : Integer.parseInt(annotations.getOrDefault(COST, "0"));
    }

    private void status(Deployment deployment) {
        List<Pod> live = live(deployment);
        String hash = hash(deployment);
        int ready = (int) live.stream().filter(TestKubernetes::isReady).count();
        api.status(
                deployment,
                new DeploymentStatusBuilder()
                        .withObservedGeneration(deployment.getMetadata().getGeneration())
                        .withReplicas(live.size())
                        .withUpdatedReplicas((int)
                                live.stream().filter(pod -> isOf(pod, hash)).count())
                        .withReadyReplicas(ready)
                        .withAvailableReplicas(ready)
                        .build());
    }

    /** What the scheduler and the agent of the machine do. */
    private void pod(Pod pod) {
        String name = pod.getMetadata().getName();
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            if (node.stopped(name)) {
                api.remove(pod);
            }
            return;
        }
        String address = addresses.computeIfAbsent(name, some -> address());
        Pod placed = new PodBuilder(pod)
                .editOrNewStatus()
                .withPodIP(address)
                .endStatus()
                .build();
        if (processes) {
            node.start(placed);
        }
        Node.State state = processes
                ? node.state(name)
                : new Node.State(!failsHealth(pod) && !notReady.contains(name), 0, "", 0, 0);
        api.status(pod, status(pod, address, state));
    }

    private static PodStatus status(Pod pod, String address, Node.State state) {
        PodStatusBuilder status = new PodStatusBuilder()
                .withPhase(state.fetchStatus() == 0 ? "Running" : "Pending")
                .withPodIP(address)
                .withConditions(condition("PodScheduled", true), condition("Ready", state.ready()));
        if (state.fetchStatus() > 0) {
            status.withInitContainerStatuses(new ContainerStatusBuilder()
                    .withName(pod.getSpec().getInitContainers().getFirst().getName())
                    .withRestartCount(0)
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(state.fetchStatus())
                    .withReason("Error")
                    .withMessage(state.fetchMessage())
                    .endTerminated()
                    .endState()
                    .build());
        }
        ContainerStatus before =
                pod.getStatus().getContainerStatuses().stream().findFirst().orElse(null);
        ContainerStatusBuilder main = new ContainerStatusBuilder()
                .withName("main")
                .withRestartCount(state.restarts())
                .withReady(state.ready());
        if (state.restarts() > 0) {
            if (before != null && before.getRestartCount() == state.restarts()) {
                main.withLastState(before.getLastState());
            } else {
                main.withNewLastState()
                        .withNewTerminated()
                        .withExitCode(state.lastExit())
                        .withReason("Error")
                        .withFinishedAt(now())
                        .endTerminated()
                        .endLastState();
            }
        }
        return status.withContainerStatuses(main.build()).build();
    }

    private static PodCondition condition(String type, boolean value) {
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(value ? "True" : "False")
                .build();
    }

    /** Each pod has its own, so all may listen on the same port. */
    private String address() {
        int at = addresses.size() + 1;
        return "127." + network + "." + at / 250 + "." + (at % 250 + 1);
    }

    private static boolean failsHealth(Pod pod) {
        return pod.getSpec().getContainers().getFirst().getEnv().stream()
                .anyMatch(variable -> variable.getName().equals("FAIL_HEALTH") && "1".equals(variable.getValue()));
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }

    private static boolean isOf(Pod pod, String hash) {
        return hash.equals(pod.getMetadata().getLabels().get(HASH));
    }

    private List<Pod> live(Deployment deployment) {
        Map<String, String> selector = deployment.getSpec().getSelector().getMatchLabels();
        return api.all(Pod.class).stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
                .toList();
    }

    private static String hash(Deployment deployment) {
        return Integer.toHexString(
                Serialization.asJson(deployment.getSpec().getTemplate()).hashCode());
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @Override
    public void close() {
        closed = true;
        controller.interrupt();
        node.close();
        Runtime.getRuntime().removeShutdownHook(atExit);
        server.destroy();
    }
}
