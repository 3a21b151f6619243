package io.tricolor.deploy.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.ClusterObserved.Instance;
import io.tricolor.contracts.deployment.ClusterObserved.ServiceObservation;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.deployment.DeploymentFailed;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.deployment.InstancesChanged;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.SecretRef;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.SampleManifest;
import io.tricolor.deploy.artifact.Artifacts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.TakeUp;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.deployment.domain.Deployments;
import io.tricolor.deploy.log.FakeLogs;
import io.tricolor.deploy.orchestrator.FakeOrchestrator;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Overtake;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrators;
import io.tricolor.deploy.registry.FakeRegistry;
import io.tricolor.deploy.registry.InstanceRegistry.Registration;
import io.tricolor.deploy.script.Hook;
import io.tricolor.deploy.script.Hooks;
import io.tricolor.deploy.secret.Secrets;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rounds over in-memory ports. Every round is made by a reconciler that was made anew: nothing may hang on its
 * memory.
 */
class ReconcilerTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Manifest V1 = SampleManifest.of("1", Map.of());
    private static final Manifest V2 = SampleManifest.of("2", Map.of());
    private static final Manifest BROKEN = SampleManifest.of("broken", Map.of("FAIL_HEALTH", "1"));

    private static final Manifest ON_KUBERNETES = SampleManifest.on("kubernetes", "2", Map.of());

    private static final ServiceKey WEB = new ServiceKey("shop", "A", "web");

    private final MemoryLedger ledger = new MemoryLedger();
    private final FakeOrchestrator orchestrator = new FakeOrchestrator();
    private final FakeOrchestrator kubernetes = new FakeOrchestrator("pod-");
    private boolean mixed;
    private final FakeRegistry registry = new FakeRegistry();
    private final Recorded observations = new Recorded();
    private Instant now = START;
    private boolean secretsAnswer = true;
    private @Nullable String secret;
    private boolean trustEmpty;
    private final FakeLogs logs = new FakeLogs();
    private Hooks hooks = Hooks.NONE;

    @BeforeEach
    void aForeignEntry() throws Exception {
        registry.register(new Registration("foreign", "other", "A", "web", "1", "127.0.0.1", 1, "/"));
    }

    @Test
    void deploys_once_however_often_it_looks_and_tells_when_it_is_healthy() throws Exception {
        desire(1, V1, 2, null);
        rounds(3);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 2");
        assertThat(web().healthy()).isZero();
        assertThat(registry.registered()).containsOnlyKeys("foreign");
        orchestrator.settle();
        rounds(2);
        assertThat(web()).satisfies(web -> {
            assertThat(web.desired()).isEqualTo(2);
            assertThat(web.running()).isEqualTo(2);
            assertThat(web.healthy()).isEqualTo(2);
        });
        assertThat(registry.registered()).hasSize(3);
        assertThat(ledger.events)
                .as("desired, nothing there, two there, two healthy")
                .hasExactlyElementsOfTypes(
                        DeploymentDesired.class,
                        InstancesChanged.class,
                        InstancesChanged.class,
                        InstancesChanged.class);
    }

    @Test
    void instances_that_all_fail_at_once_stay_registered_and_one_that_fails_alone_does_not() throws Exception {
        desire(1, V1, 2, null);
        rounds(1);
        orchestrator.settle();
        rounds(1);
        Set<String> both = Set.copyOf(registry.registered().keySet());
        assertThat(both).hasSize(3);
        orchestrator.change(
                WEB, tasks -> tasks.stream().map(ReconcilerTest::failing).toList());
        rounds(2);
        assertThat(web().healthy()).isZero();
        assertThat(registry.registered()).containsOnlyKeys(both);
        orchestrator.settle();
        orchestrator.change(WEB, tasks -> List.of(failing(tasks.getFirst()), tasks.getLast()));
        rounds(2);
        assertThat(registry.registered()).hasSize(2);
        orchestrator.change(WEB, tasks -> List.of(failing(tasks.getLast())));
        rounds(1);
        assertThat(registry.registered()).as("one of them has gone").hasSize(2);
    }

    private static Task failing(Task task) {
        return new Task(task.id(), task.host(), task.port(), Health.UNHEALTHY, task.current());
    }

    /** Scripts of which a test says how they stand. */
    private static final class TestHooks implements Hooks {

        private final Map<Hook, Outcome> outcomes = new EnumMap<>(Hook.class);
        private final List<String> asked = new ArrayList<>();

        @Override
        public Outcome of(Call call) {
            asked.add(
                    call.hook() + " " + call.order() + " " + call.environment().get("TRICOLOR_ADDRESSES"));
            return outcomes.getOrDefault(call.hook(), new Outcome.Done());
        }

        @Override
        public boolean checks(ServiceManifest manifest) {
            return true;
        }

        @Override
        public boolean isDone(ServiceKey service, Hook hook, String digest) {
            return outcomes.getOrDefault(hook, new Outcome.Waiting("")) instanceof Outcome.Done;
        }

        @Override
        public void forget(ServiceKey service, ServiceManifest manifest) {
            asked.add("forget");
        }

        @Override
        public void onChange(Runnable listener) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void scripts_run_in_their_places_and_hold_what_comes_after_them() throws Exception {
        TestHooks scripts = new TestHooks();
        hooks = scripts;
        scripts.outcomes.put(Hook.MIGRATE, new Hooks.Outcome.Waiting("script migrate runs"));
        desire(1, V1, 2, null);
        rounds(2);
        assertThat(orchestrator.calls()).isEmpty();
        assertThat(observations.last().failure()).isEqualTo("script migrate runs");
        scripts.outcomes.put(Hook.MIGRATE, new Hooks.Outcome.Done());
        scripts.outcomes.put(Hook.START, new Hooks.Outcome.Unavailable("no repository"));
        rounds(1);
        assertThat(orchestrator.calls()).isEmpty();
        scripts.outcomes.put(Hook.START, new Hooks.Outcome.Done());
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 2");
        scripts.asked.clear();
        rounds(1);
        assertThat(scripts.asked).as("no instance is healthy yet").isEmpty();
        scripts.outcomes.put(Hook.CHECK, new Hooks.Outcome.Waiting("script check runs"));
        orchestrator.settle();
        rounds(2);
        assertThat(scripts.asked.getFirst()).isEqualTo("CHECK 0.1 127.0.0.1:20001 127.0.0.1:20002");
        assertThat(web().healthy())
                .as("nobody is sent to it before it was looked at")
                .isZero();
        assertThat(registry.registered()).containsOnlyKeys("foreign");
        scripts.outcomes.put(Hook.CHECK, new Hooks.Outcome.Done());
        rounds(1);
        assertThat(web().healthy()).isEqualTo(2);
        assertThat(registry.registered()).hasSize(3);

        scripts.outcomes.put(Hook.STOP, new Hooks.Outcome.Waiting("script stop runs"));
        desire(2, V1, 0, null);
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 2");
        scripts.outcomes.put(
                Hook.STOP, new Hooks.Outcome.Failed(new Rejection(Code.SCRIPT_FAILED, "script stop failed")));
        rounds(1);
        assertThat(orchestrator.calls())
                .as("stopped however it ends")
                .containsExactly("deploy A/web 2", "scale A/web 0");
        rounds(1);
        assertThat(scripts.asked).endsWith("forget");
        scripts.asked.clear();
        desire(3, V1, 1, null);
        rounds(1);
        assertThat(scripts.asked.getFirst()).startsWith("START 0.3");
        assertThat(orchestrator.calls()).endsWith("scale A/web 1");
    }

    @ParameterizedTest
    @EnumSource(
            value = Hook.class,
            names = {"MIGRATE", "START", "CHECK"})
    void a_desired_state_whose_script_fails_is_given_up(Hook hook) throws Exception {
        TestHooks scripts = new TestHooks();
        hooks = scripts;
        scripts.outcomes.put(hook, new Hooks.Outcome.Failed(new Rejection(Code.SCRIPT_FAILED, "no table")));
        desire(1, V1, 1, null);
        rounds(1);
        orchestrator.settle();
        rounds(2);
        assertThat(orchestrator.calls()).hasSize(hook == Hook.CHECK ? 1 : 0);
        assertThat(observations.last().problem()).isEqualTo(new Rejection(Code.SCRIPT_FAILED, "no table"));
        assertThat(ledger.events).filteredOn(DeploymentFailed.class::isInstance).hasSize(1);
        assertThat(registry.registered()).containsOnlyKeys("foreign");
    }

    @Test
    void each_cluster_runs_where_its_manifest_says_and_the_one_orchestrator_does_without_the_other() throws Exception {
        mixed = true;
        desire("A", 1, V1, 1, List.of(), null);
        desire("B", 1, ON_KUBERNETES, 1, List.of(), null);
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 1");
        assertThat(kubernetes.calls()).containsExactly("deploy B/web 1");
        orchestrator.settle();
        kubernetes.settle();
        rounds(2);
        assertThat(own()).hasSize(2);

        orchestrator.available(false);
        desire("B", 2, ON_KUBERNETES, 2, List.of(), null);
        rounds(1);
        assertThat(kubernetes.calls()).endsWith("scale B/web 2");
        assertThat(observations.complaint).as("of A").contains("switched off");
        assertThat(own()).as("silence says nothing of A").hasSize(2);
    }

    @Test
    void what_runs_elsewhere_is_stopped_there_before_it_is_started_where_it_should_be() throws Exception {
        mixed = true;
        up(V1, 2);
        desire(2, ON_KUBERNETES, 2, null);
        rounds(2);
        assertThat(kubernetes.calls()).isEmpty();
        assertThat(own()).as("what serves goes on").hasSize(2);
        assertThat(observations.last().failure())
                .contains("still runs on marathon")
                .contains("stopped first");
        assertThat(web().running()).isEqualTo(2);
        assertThat(web().healthy()).as("of another description").isZero();

        orchestrator.available(false);
        rounds(1);
        assertThat(observations.complaint).as("none of the two lists them").contains("kubernetes lists nothing at all");
        kubernetes.deploy(
                new ServiceDefinition(
                        new ServiceKey("shop", "C", "web"),
                        ON_KUBERNETES.services().getFirst(),
                        "2",
                        "d",
                        0),
                Overtake.WAIT);
        rounds(1);
        assertThat(observations.complaint).contains("still runs on marathon is not known");
        assertThat(kubernetes.calls()).as("it may still run there").containsExactly("deploy C/web 0");
        orchestrator.available(true);

        desire(3, ON_KUBERNETES, 0, null);
        rounds(2);
        assertThat(orchestrator.calls()).endsWith("scale A/web 0");
        assertThat(own()).isEmpty();
        orchestrator.settle();
        desire(4, ON_KUBERNETES, 2, null);
        rounds(3);
        assertThat(kubernetes.calls()).containsExactly("deploy C/web 0", "deploy A/web 2");
    }

    @Test
    void an_orchestrator_that_lists_nothing_is_at_fault_for_its_own_clusters_alone() throws Exception {
        mixed = true;
        up(V1, 1);
        desire("B", 1, ON_KUBERNETES, 1, List.of(), null);
        rounds(1);
        assertThat(kubernetes.calls()).as("no instance of it is registered").containsExactly("deploy B/web 1");
        kubernetes.settle();
        rounds(2);
        assertThat(own()).hasSize(2);
        kubernetes.forget(new ServiceKey("shop", "B", "web"));
        desire(2, V1, 2, null);
        rounds(1);
        assertThat(orchestrator.calls()).endsWith("scale A/web 2");
        assertThat(kubernetes.calls()).hasSize(1);
        assertThat(observations.complaint).contains("kubernetes lists nothing at all while 1 instances are registered");
        assertThat(own()).hasSize(2);
    }

    @Test
    void a_manifest_for_an_orchestrator_that_is_not_there_is_given_up() {
        desire(1, ON_KUBERNETES, 1, null);
        rounds(2);
        assertThat(orchestrator.calls()).isEmpty();
        assertThat(ledger.events).hasExactlyElementsOfTypes(DeploymentDesired.class, DeploymentFailed.class);
        assertThat(observations.complaint)
                .isEqualTo("the manifest is for kubernetes, and deploy-service has [marathon]");
    }

    @Test
    void stops_by_scaling_after_the_registry_was_told() throws Exception {
        up(V1, 2);
        desire(2, V1, 0, null);
        rounds(1);
        assertThat(registry.registered()).containsOnlyKeys("foreign");
        assertThat(orchestrator.calls()).endsWith("scale A/web 0");
        rounds(2);
        assertThat(web().running()).isZero();
        assertThat(orchestrator.calls()).hasSize(2);
    }

    @Test
    void does_not_stop_what_the_registry_still_offers_for_lack_of_an_answer() throws Exception {
        up(V1, 1);
        registry.available(false);
        rounds(1);
        assertThat(observations.last().failure()).contains("registry");
        registry.available(true);
        rounds(1);
        assertThat(observations.last().failure()).isNull();
    }

    @Test
    void a_new_manifest_of_a_stopped_cluster_is_deployed_when_it_is_to_run() throws Exception {
        up(V1, 1);
        desire(2, V2, 0, null);
        rounds(2);
        assertThat(orchestrator.calls()).endsWith("scale A/web 0");
        desire(3, V2, 1, null);
        rounds(1);
        assertThat(orchestrator.calls()).endsWith("deploy A/web 1");
        orchestrator.settle();
        rounds(1);
        assertThat(web().healthy()).isEqualTo(1);
        assertThat(registry.registered().values())
                .filteredOn(r -> r.group().equals("shop"))
                .singleElement()
                .satisfies(r -> assertThat(r.version()).isEqualTo("2"));
    }

    @Test
    void instances_of_an_older_manifest_do_not_count_as_healthy() throws Exception {
        up(V1, 1);
        desire(2, V2, 1, null);
        rounds(2);
        assertThat(web().healthy()).isZero();
        assertThat(web().running()).isEqualTo(2);
    }

    @Test
    void a_new_desired_state_overtakes_a_change_that_never_ends() throws Exception {
        desire(1, BROKEN, 2, null);
        rounds(2);
        desire(2, BROKEN, 0, null);
        rounds(2);
        assertThat(web().running()).isZero();
        desire(3, BROKEN, 1, null);
        rounds(2);
        desire(4, V1, 1, null);
        rounds(1);
        orchestrator.settle();
        rounds(1);
        assertThat(web().healthy()).isEqualTo(1);
    }

    @Test
    void another_number_waits_for_an_exchange_of_instances() throws Exception {
        up(V1, 1);
        desire(2, V2, 1, null);
        rounds(1);
        desire(3, V2, 2, null);
        rounds(2);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 1", "deploy A/web 1");
        assertThat(observations.last().failure()).contains("changing");
        orchestrator.settle();
        rounds(1);
        assertThat(orchestrator.calls()).endsWith("scale A/web 2");
    }

    @Test
    void gives_up_after_the_deadline_once_and_tells_why() throws Exception {
        desire(1, BROKEN, 1, START.plusSeconds(10));
        rounds(2);
        assertThat(ledger.events).noneMatch(DeploymentFailed.class::isInstance);
        now = START.plusSeconds(11);
        rounds(3);
        assertThat(ledger.events.stream().filter(DeploymentFailed.class::isInstance))
                .singleElement()
                .satisfies(event -> assertThat(
                                ((DeploymentFailed) event).rejection().code())
                        .isEqualTo(Code.DEADLINE_EXPIRED));
        assertThat(observations.last().failure()).contains("was not met");
    }

    @Test
    void a_deadline_that_passes_after_the_desired_state_was_met_means_nothing() throws Exception {
        desire(1, V1, 1, START.plusSeconds(10));
        rounds(1);
        orchestrator.settle();
        rounds(1);
        now = START.plusSeconds(11);
        rounds(2);
        assertThat(ledger.events).noneMatch(DeploymentFailed.class::isInstance);
    }

    @Test
    void starts_nothing_that_is_not_what_was_pinned() throws Exception {
        desire(1, SampleManifest.withWrongDigest(), 1, null);
        rounds(3);
        assertThat(orchestrator.calls()).isEmpty();
        assertThat(ledger.events.stream().filter(DeploymentFailed.class::isInstance))
                .singleElement()
                .satisfies(event -> assertThat(
                                ((DeploymentFailed) event).rejection().code())
                        .isEqualTo(Code.ARTIFACT_UNVERIFIED));
        assertThat(observations.last().failure()).contains("sha256");
    }

    @Test
    void a_secret_that_is_missing_ends_the_start_before_anything_that_runs_is_touched() throws Exception {
        up(V1, 1);
        List<String> before = List.copyOf(orchestrator.calls());
        desire(2, withSecret("2"), 1, null);
        rounds(3);
        assertThat(orchestrator.calls()).isEqualTo(before);
        assertThat(ledger.events.stream().filter(DeploymentFailed.class::isInstance))
                .singleElement()
                .satisfies(event -> assertThat(((DeploymentFailed) event).rejection())
                        .satisfies(rejection -> {
                            assertThat(rejection.code()).isEqualTo(Code.SECRET_NOT_FOUND);
                            assertThat(rejection.message()).contains("db.main", "DB_PASSWORD");
                        }));
    }

    @Test
    void a_secret_is_resolved_at_the_start_and_stands_in_no_event_and_no_observation() throws Exception {
        secretsAnswer = false;
        desire(1, withSecret("1"), 1, null);
        rounds(2);
        assertThat(orchestrator.calls()).isEmpty();
        assertThat(ledger.events).noneMatch(DeploymentFailed.class::isInstance);
        assertThat(observations.last().failure()).contains("locked");
        secretsAnswer = true;
        secret = "hunter2";
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 1");
        Map<String, String> environment = new HashMap<>();
        orchestrator.lastDeployed().secrets().addTo(environment);
        assertThat(environment).containsExactly(Map.entry("DB_PASSWORD", "hunter2"));
        orchestrator.settle();
        rounds(2);
        assertThat(ledger.events.toString()).contains("db.main").doesNotContain("hunter2");
        assertThat(observations.last().toString()).doesNotContain("hunter2");
        assertThat(orchestrator.lastDeployed().toString())
                .contains("DB_PASSWORD")
                .doesNotContain("hunter2");
    }

    private static Manifest withSecret(String version) {
        ServiceManifest web = SampleManifest.service(SampleManifest.sha256(), Map.of());
        return new Manifest(
                version,
                List.of(new ServiceManifest(
                        web.name(),
                        web.artifact(),
                        web.args(),
                        web.env(),
                        new TreeMap<>(Map.of("DB_PASSWORD", new SecretRef("db.main"))),
                        web.instances(),
                        web.cpus(),
                        web.memoryMiB(),
                        web.healthCheck(),
                        null,
                        null)));
    }

    private Optional<String> secret(String name) throws IOException {
        if (!secretsAnswer) {
            throw new IOException("the safe is locked");
        }
        return name.equals("db.main") ? Optional.ofNullable(secret) : Optional.empty();
    }

    @Test
    void decides_nothing_while_the_orchestrator_is_silent() throws Exception {
        up(V1, 1);
        int events = ledger.events.size();
        orchestrator.available(false);
        rounds(3);
        assertThat(ledger.events).hasSize(events);
        assertThat(observations.complaint).contains("switched off");
        assertThat(registry.registered()).hasSize(2);
        orchestrator.available(true);
        rounds(1);
        assertThat(web().healthy()).isEqualTo(1);
        assertThat(orchestrator.calls()).hasSize(1);
    }

    @Test
    void repairs_what_the_registry_lost_or_kept_too_long() throws Exception {
        up(V1, 1);
        Registration own = registry.registered().values().stream()
                .filter(r -> r.group().equals("shop"))
                .findFirst()
                .orElseThrow();
        registry.deregister(own.instanceId());
        registry.register(new Registration("gone", "shop", "A", "web", "1", "127.0.0.1", 2, "/health"));
        rounds(1);
        assertThat(registry.registered()).containsOnlyKeys("foreign", own.instanceId());
    }

    @Test
    void withdrawn_instances_leave_the_registry_first_and_are_the_ones_that_are_stopped() throws Exception {
        up(V1, 3);
        List<String> all = own();
        withdraw(2, 3, List.of(all.get(1)));
        rounds(2);
        assertThat(own()).containsExactly(all.get(0), all.get(2));
        assertThat(orchestrator.calls()).as("the number has not shrunk").hasSize(1);
        assertThat(web().running()).isEqualTo(3);
        assertThat(web().instances())
                .filteredOn(Instance::withdrawn)
                .extracting(Instance::instanceId)
                .containsExactly(all.get(1));
        withdraw(3, 2, List.of(all.get(1)));
        rounds(3);
        assertThat(orchestrator.calls()).hasSize(2).endsWith("stop A/web [" + all.get(1) + "]");
        assertThat(own()).containsExactly(all.get(0), all.get(2));
        assertThat(web().healthy()).isEqualTo(2);
    }

    @Test
    void what_serves_is_not_stopped_in_place_of_what_was_withdrawn() throws Exception {
        up(V1, 3);
        List<String> all = own();
        withdraw(2, 2, List.of("gone-by-itself"));
        rounds(3);
        assertThat(orchestrator.calls()).hasSize(1);
        assertThat(own()).isEqualTo(all);
        assertThat(observations.last().failure()).contains("1 more than desired", "not withdrawn");
        orchestrator.change(
                WEB,
                tasks -> tasks.stream()
                        .map(task -> task.id().equals(all.get(1)) ? with(task, Health.UNHEALTHY) : task)
                        .toList());
        rounds(2);
        assertThat(orchestrator.calls()).endsWith("stop A/web [" + all.get(1) + "]");
        assertThat(observations.last().failure()).isNull();
    }

    @Test
    void when_none_is_named_only_those_go_that_do_not_serve_after_they_have_left_the_registry() throws Exception {
        up(V1, 3);
        List<String> all = own();
        orchestrator.change(
                WEB,
                tasks -> tasks.stream()
                        .map(task -> task.id().equals(all.getFirst()) ? with(task, Health.UNHEALTHY) : task)
                        .toList());
        desire(2, V1, 1, null);
        rounds(1);
        assertThat(own()).containsExactly(all.get(1), all.get(2));
        assertThat(orchestrator.calls()).hasSize(1);
        rounds(2);
        assertThat(orchestrator.calls()).endsWith("stop A/web [" + all.getFirst() + "]");
        assertThat(own()).containsExactly(all.get(1), all.get(2));
        assertThat(observations.last().failure()).contains("1 more than desired", "not withdrawn");
    }

    @Test
    void stops_nothing_while_the_registry_does_not_answer() throws Exception {
        up(V1, 2);
        List<String> all = own();
        registry.available(false);
        desire(2, V1, 0, null);
        rounds(2);
        withdraw(3, 1, List.of(all.getFirst()));
        rounds(2);
        assertThat(orchestrator.calls()).hasSize(1);
        assertThat(web().running()).isEqualTo(2);
        assertThat(observations.last().failure()).contains("registry");
        registry.available(true);
        rounds(2);
        assertThat(web().running()).isEqualTo(1);
    }

    @Test
    void a_list_that_lacks_a_service_proves_nothing() throws Exception {
        up(V1, 2);
        List<String> all = own();
        orchestrator.leaveOut(WEB);
        rounds(2);
        assertThat(own()).isEqualTo(all);
        assertThat(orchestrator.calls()).as("not started again").hasSize(1);
        assertThat(web().healthy()).isEqualTo(2);
    }

    @Test
    void a_service_that_the_orchestrator_says_it_has_not_is_deployed_again() throws Exception {
        up(V1, 1);
        desire("B", 1, V1, 1, List.of(), null);
        rounds(1);
        orchestrator.forget(WEB);
        rounds(1);
        assertThat(orchestrator.calls()).hasSize(3).endsWith("deploy A/web 1");
        assertThat(own()).isEmpty();
    }

    @Test
    void an_orchestrator_without_anything_is_a_fault_while_instances_are_registered() throws Exception {
        up(V1, 2);
        List<String> all = own();
        orchestrator.forget(WEB);
        rounds(3);
        assertThat(own()).as("nothing is taken out").isEqualTo(all);
        assertThat(orchestrator.calls()).as("nothing is started").hasSize(1);
        assertThat(observations.complaint).startsWith("ORCHESTRATOR_EMPTY: ").contains("2 instances");
        trustEmpty = true;
        rounds(1);
        assertThat(orchestrator.calls()).endsWith("deploy A/web 2");
        assertThat(own()).isEmpty();
    }

    @Test
    void an_orchestrator_without_anything_is_no_fault_at_the_beginning() {
        desire(1, V1, 2, null);
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 2");
    }

    @Test
    void an_instance_that_ended_is_told_with_what_it_wrote_but_not_its_secrets() throws Exception {
        secret = "s3cr3t";
        ServiceManifest plain = V1.services().getFirst();
        Manifest manifest = new Manifest(
                "1",
                List.of(new ServiceManifest(
                        plain.name(),
                        plain.artifact(),
                        plain.args(),
                        plain.env(),
                        new TreeMap<>(Map.of("PASSWORD", new SecretRef("db.main"))),
                        null,
                        plain.cpus(),
                        plain.memoryMiB(),
                        plain.healthCheck(),
                        null,
                        null)));
        up(manifest, 1);
        logs.write("connected with s3cr3t\nout of luck\n");
        orchestrator.change(
                WEB,
                tasks ->
                        tasks.stream().map(task -> with(task, Health.UNHEALTHY)).toList());
        orchestrator.ended(WEB, new End("task-0", "TASK_FAILED", "exit status 1", now));
        rounds(1);
        Rejection problem = observations.last().problem();
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(Code.INSTANCE_LOST);
        assertThat(problem.message())
                .contains("task-0: exit status 1", "connected with ****** | out of luck")
                .doesNotContain("s3cr3t");
        assertThat(observations.last().failure()).startsWith("INSTANCE_LOST: web: ");
        orchestrator.settle();
        rounds(1);
        assertThat(observations.last().problem()).isNull();
        assertThat(observations.last().failure()).isNull();
    }

    @Test
    void a_deadline_that_passed_tells_what_was_in_the_way() {
        desire(1, BROKEN, 1, START.plusSeconds(60));
        rounds(1);
        orchestrator.ended(
                WEB, new End("task-0", "TASK_FAILED", "Failed to fetch http://repo/x", START.plusSeconds(50)));
        now = START.plusSeconds(61);
        rounds(1);
        assertThat(observations.last().failure()).contains("was not met by", "ARTIFACT_UNAVAILABLE: web: ");
        assertThat(observations.last().problem())
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(Code.DEADLINE_EXPIRED));
    }

    @Test
    void what_nothing_is_known_of_stays_registered_and_counts_as_running() throws Exception {
        up(V1, 2);
        List<String> all = own();
        orchestrator.change(
                WEB,
                tasks -> tasks.stream().map(task -> with(task, Health.UNKNOWN)).toList());
        rounds(2);
        assertThat(own()).isEqualTo(all);
        assertThat(web().running()).isEqualTo(2);
        assertThat(web().healthy()).isZero();
        orchestrator.change(WEB, tasks -> List.of());
        rounds(2);
        assertThat(own())
                .as("a list without instances of a service that is to keep some")
                .isEqualTo(all);
        assertThat(orchestrator.calls()).hasSize(1);
    }

    @Test
    void the_failure_of_one_deployment_of_any_kind_keeps_no_other_from_its_round() throws Exception {
        desire("A", 1, V1, 1, List.of(), null);
        desire("B", 1, V1, 1, List.of(), null);
        desire("C", 1, V1, 1, List.of(), null);
        ledger.unreadable.add("shop/B");
        rounds(1);
        assertThat(orchestrator.calls()).containsExactly("deploy A/web 1", "deploy C/web 1");
        ledger.unreadable.clear();
        rounds(1);
        assertThat(orchestrator.calls()).endsWith("deploy B/web 1");
    }

    @Test
    void several_are_worked_on_at_once_but_each_by_one_at_a_time() throws Exception {
        desire("A", 1, V1, 1, List.of(), null);
        desire("B", 1, V1, 1, List.of(), null);
        List<Runnable> begun = new ArrayList<>();
        Reconciler reconciler = reconciler(begun::add);
        AtomicInteger woken = new AtomicInteger();
        reconciler.onLeftOut(woken::incrementAndGet);
        reconciler.round();
        reconciler.round();
        assertThat(begun).as("one for each, though neither has ended").hasSize(2);
        begun.get(1).run();
        assertThat(orchestrator.calls()).containsExactly("deploy B/web 1");
        assertThat(woken).as("it was left out once").hasValue(1);
        reconciler.round();
        assertThat(begun).as("B is free again, A still waits").hasSize(3);
    }

    private static Task with(Task task, Health health) {
        return new Task(task.id(), task.host(), task.port(), health, task.current());
    }

    private void up(Manifest manifest, int instances) throws Exception {
        desire(1, manifest, instances, null);
        rounds(1);
        orchestrator.settle();
        rounds(1);
        assertThat(web().healthy()).isEqualTo(instances);
    }

    private void desire(long fence, Manifest manifest, int instances, @Nullable Instant deadline) {
        desire("A", fence, manifest, instances, List.of(), deadline);
    }

    private void withdraw(long fence, int instances, List<String> withdrawn) {
        desire("A", fence, V1, instances, withdrawn, null);
    }

    private void desire(
            String cluster,
            long fence,
            Manifest manifest,
            int instances,
            List<String> withdrawn,
            @Nullable Instant deadline) {
        EnsureCluster desired = new EnsureCluster(
                "command-" + fence,
                "shop",
                cluster,
                0,
                fence,
                "",
                manifest,
                new TreeMap<>(Map.of("web", instances)),
                new TreeMap<>(Map.of("web", withdrawn)),
                deadline,
                null);
        ledger.take(TakeUp.of(DesiredStateIntake.withDigest(desired), now));
    }

    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            reconciler(Runnable::run).round();
        }
    }

    private Reconciler reconciler(Executor executor) {
        return new Reconciler(
                ledger,
                new Orchestrators(
                        "marathon",
                        mixed
                                ? Map.of("marathon", orchestrator, "kubernetes", kubernetes)
                                : Map.of("marathon", orchestrator)),
                registry,
                Artifacts.readBy(Runnable::run),
                new Secrets(List.of(this::secret)),
                hooks,
                observations,
                new Supervision(logs),
                trustEmpty,
                () -> now,
                executor);
    }

    private ServiceObservation web() {
        return observations.last().services().getFirst();
    }

    private List<String> own() throws Exception {
        return registry.registered().keySet().stream()
                .filter(id -> !id.equals("foreign"))
                .sorted()
                .toList();
    }

    private static final class MemoryLedger implements Ledger {

        private final List<ClusterDeploymentEvent> events = new CopyOnWriteArrayList<>();
        private final Map<String, DeploymentState> states = new ConcurrentSkipListMap<>();
        private final Set<String> unreadable = new HashSet<>();

        @Override
        public List<String> ids() {
            return List.copyOf(states.keySet());
        }

        @Override
        public Optional<DeploymentState> find(String deploymentId) {
            if (unreadable.contains(deploymentId)) {
                throw new StackOverflowError("a stream that cannot be read");
            }
            return Optional.ofNullable(states.get(deploymentId));
        }

        @Override
        public void send(DeploymentState deployment, DeploymentCommand command) {
            take(command);
        }

        private void take(DeploymentCommand command) {
            String id = command.deploymentId();
            for (ClusterDeploymentEvent event : Deployments.decide(states.get(id), command)) {
                events.add(event);
                states.put(id, Deployments.evolve(states.get(id), event));
            }
        }
    }

    private static final class Recorded implements Observations {

        private final List<ClusterObserved> seen = new CopyOnWriteArrayList<>();
        private @Nullable String complaint;

        @Override
        public void publish(ClusterObserved observed) {
            seen.add(observed);
        }

        @Override
        public void unchanged(DeploymentState deployment, @Nullable String failure, @Nullable Rejection problem) {
            complaint = failure;
        }

        private ClusterObserved last() {
            return seen.getLast();
        }
    }
}
