package io.tricolor.deploy.reconcile;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.ClusterObserved.Instance;
import io.tricolor.contracts.deployment.ClusterObserved.ServiceObservation;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.artifact.Artifacts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.orchestrator.Orchestrator;
import io.tricolor.deploy.orchestrator.Orchestrator.Overtake;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.registry.InstanceRegistry;
import io.tricolor.deploy.registry.InstanceRegistry.Registration;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * One round over all deployments: what is desired, what runs, what is registered; then the one next thing for each. Remembers
 * nothing that it could not do without: after a restart the next round goes on.
 */
@Component
class Reconciler {

    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    private static final Counter CHANGES = Counter.build(
                    "tricolor_deploy_changes_total", "Changes asked of the orchestrator, by kind")
            .labelNames("kind")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_deploy_failures_total", "Calls that failed, by what was called")
            .labelNames("peer")
            .register();

    private final Ledger ledger;
    private final Orchestrator orchestrator;
    private final InstanceRegistry registry;
    private final Artifacts artifacts;
    private final Observations observations;
    private final InstantSource clock;

    Reconciler(
            Ledger ledger,
            Orchestrator orchestrator,
            InstanceRegistry registry,
            Artifacts artifacts,
            Observations observations,
            InstantSource clock) {
        this.ledger = ledger;
        this.orchestrator = orchestrator;
        this.registry = registry;
        this.artifacts = artifacts;
        this.observations = observations;
        this.clock = clock;
    }

    /** Looks at every deployment once. */
    void round() throws InterruptedException {
        List<DeploymentState> deployments = ledger.all();
        if (deployments.isEmpty()) {
            return;
        }
        Map<ServiceKey, RunningService> running;
        try {
            running = orchestrator.services();
        } catch (Orchestrator.Unavailable e) {
            FAILURES.labels("orchestrator").inc();
            log.warn("{}", e.getMessage());
            deployments.forEach(deployment -> observations.unchanged(deployment, message(e)));
            return;
        }
        Map<String, Registration> registered = registered();
        for (DeploymentState deployment : deployments) {
            reconcile(deployment, running, registered);
        }
    }

    private @Nullable Map<String, Registration> registered() {
        try {
            return registry.registered();
        } catch (InstanceRegistry.Unavailable e) {
            FAILURES.labels("registry").inc();
            log.warn("{}", e.getMessage());
            return null;
        }
    }

    private void reconcile(
            DeploymentState deployment,
            Map<ServiceKey, RunningService> running,
            @Nullable Map<String, Registration> registered)
            throws InterruptedException {
        String failure = registered == null ? "the registry does not answer" : null;
        if (registered != null) {
            failure = register(deployment, running, registered);
        }
        if (deployment.failure() != null) {
            failure = deployment.failure().message();
        } else if (isOverdue(deployment)) {
            Rejection expired = new Rejection(
                    Code.DEADLINE_EXPIRED,
                    "desired state " + deployment.order() + " for " + deployment.deploymentId() + " was not met by "
                            + deployment.deadline());
            giveUp(deployment, expired);
            failure = expired.message();
        } else {
            for (ServiceManifest manifest : deployment.manifest().services()) {
                String problem = bring(deployment, manifest, running.get(key(deployment, manifest)));
                failure = problem == null ? failure : problem;
            }
        }
        ClusterObserved observed = observed(deployment, running, failure);
        record(deployment, observed);
        observations.publish(observed);
    }

    private boolean isOverdue(DeploymentState deployment) {
        return !deployment.met()
                && deployment.deadline() != null
                && clock.instant().isAfter(deployment.deadline());
    }

    /** Does the one next thing for a service; what stood in the way, or null. */
    private @Nullable String bring(
            DeploymentState deployment, ServiceManifest manifest, @Nullable RunningService running)
            throws InterruptedException {
        ServiceKey key = key(deployment, manifest);
        int wanted = deployment.wanted(manifest.name());
        String digest = Digests.of(deployment.manifest().version(), manifest);
        try {
            if (running == null ? wanted == 0 : wanted == 0 && running.instances() == 0) {
                return null;
            }
            if (running != null && (wanted == 0 || running.digest().equals(digest))) {
                if (running.instances() != wanted) {
                    orchestrator.scale(key, wanted, wanted == 0 ? Overtake.REPLACE : overtake(running));
                    CHANGES.labels("scale").inc();
                }
                return null;
            }
            Optional<Rejection> objection = artifacts.objection(manifest.artifact());
            if (objection.isPresent()) {
                giveUp(deployment, objection.get());
                return objection.get().message();
            }
            orchestrator.deploy(
                    new ServiceDefinition(key, manifest, deployment.manifest().version(), digest, wanted),
                    Overtake.REPLACE);
            CHANGES.labels("deploy").inc();
            return null;
        } catch (Orchestrator.Busy e) {
            return e.getMessage();
        } catch (Orchestrator.Unavailable | IOException e) {
            FAILURES.labels(e instanceof IOException ? "artifact" : "orchestrator")
                    .inc();
            log.warn("{}: {}", deployment.deploymentId(), e.toString());
            return message(e);
        } catch (Orchestrator.Refused e) {
            giveUp(deployment, e.rejection());
            return e.rejection().message();
        }
    }

    /**
     * A change that is still being carried out serves an older desired state, and its end may never come. Only the exchange of old
     * instances for new ones is waited for: cut short by a mere change of their number, it would leave old ones in place.
     */
    private static Overtake overtake(RunningService running) {
        return running.tasks().stream().allMatch(Task::current) ? Overtake.REPLACE : Overtake.WAIT;
    }

    /**
     * Registers what is healthy and takes out what is gone, first of all what is about to be stopped. What stood in the way,
     * or null.
     */
    private @Nullable String register(
            DeploymentState deployment, Map<ServiceKey, RunningService> running, Map<String, Registration> registered) {
        Map<String, Registration> wanted = new TreeMap<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            RunningService service = running.get(key(deployment, manifest));
            if (service != null && deployment.wanted(manifest.name()) > 0) {
                for (Task task : service.tasks()) {
                    if (task.healthy()) {
                        wanted.put(
                                task.id(),
                                new Registration(
                                        task.id(),
                                        deployment.groupId(),
                                        deployment.cluster(),
                                        manifest.name(),
                                        deployment.manifest().version(),
                                        task.host(),
                                        task.port(),
                                        manifest.healthCheck().path()));
                    }
                }
            }
        }
        try {
            for (Registration present : registered.values()) {
                boolean ours = present.group().equals(deployment.groupId())
                        && present.cluster().equals(deployment.cluster());
                if (ours && !wanted.containsKey(present.instanceId())) {
                    registry.deregister(present.instanceId());
                }
            }
            for (Registration desired : wanted.values()) {
                if (!desired.equals(registered.get(desired.instanceId()))) {
                    registry.register(desired);
                }
            }
            return null;
        } catch (InstanceRegistry.Unavailable e) {
            FAILURES.labels("registry").inc();
            log.warn("{}: {}", deployment.deploymentId(), e.getMessage());
            return message(e);
        }
    }

    private ClusterObserved observed(
            DeploymentState deployment, Map<ServiceKey, RunningService> running, @Nullable String failure) {
        List<ServiceObservation> services = new ArrayList<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            RunningService service =
                    running.getOrDefault(key(deployment, manifest), new RunningService("", 0, false, List.of()));
            String digest = Digests.of(deployment.manifest().version(), manifest);
            List<Instance> instances = new ArrayList<>();
            int healthy = 0;
            for (Task task : service.tasks()) {
                boolean serves =
                        task.healthy() && task.current() && service.digest().equals(digest);
                healthy += serves ? 1 : 0;
                instances.add(new Instance(
                        task.id(),
                        task.host(),
                        task.port(),
                        serves,
                        deployment.withdrawn(manifest.name()).contains(task.id())));
            }
            services.add(new ServiceObservation(
                    manifest.name(), deployment.wanted(manifest.name()), instances.size(), healthy, instances));
        }
        return new ClusterObserved(
                deployment.groupId(),
                deployment.cluster(),
                deployment.epoch(),
                deployment.fence(),
                deployment.digest(),
                0, // numbered when it is published
                services,
                failure,
                clock.instant());
    }

    private void record(DeploymentState deployment, ClusterObserved observed) {
        SortedMap<String, Integer> running = new TreeMap<>();
        SortedMap<String, Integer> healthy = new TreeMap<>();
        observed.services().forEach(counts -> {
            running.put(counts.service(), counts.running());
            healthy.put(counts.service(), counts.healthy());
        });
        if (!running.equals(deployment.running()) || !healthy.equals(deployment.healthy())) {
            ledger.send(
                    deployment,
                    new DeploymentCommand.RecordCounts(
                            deployment.deploymentId(), deployment.order(), running, healthy, now()));
        }
    }

    private void giveUp(DeploymentState deployment, Rejection rejection) {
        log.warn("{}: {}", deployment.deploymentId(), rejection.message());
        ledger.send(
                deployment,
                new DeploymentCommand.GiveUp(deployment.deploymentId(), deployment.order(), rejection, now()));
    }

    private Instant now() {
        return clock.instant();
    }

    private static ServiceKey key(DeploymentState deployment, ServiceManifest manifest) {
        return new ServiceKey(deployment.groupId(), deployment.cluster(), manifest.name());
    }

    private static String message(Exception e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString());
    }
}
