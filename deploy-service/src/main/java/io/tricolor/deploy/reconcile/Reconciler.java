package io.tricolor.deploy.reconcile;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.ClusterObserved.Instance;
import io.tricolor.contracts.deployment.ClusterObserved.ServiceObservation;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.artifact.Artifacts;
import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.deploy.orchestrator.InstanceLogs;
import io.tricolor.deploy.orchestrator.Orchestrator;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Overtake;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrators;
import io.tricolor.deploy.registry.InstanceRegistry;
import io.tricolor.deploy.registry.InstanceRegistry.Registration;
import io.tricolor.deploy.script.Hook;
import io.tricolor.deploy.script.Hooks;
import io.tricolor.deploy.secret.SecretValues;
import io.tricolor.deploy.secret.Secrets;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Rounds over all deployments: what is desired, what runs, what is registered; then the one next thing for each.
 * Several deployments
 * are worked on at once, each by one thread at a time, and the failure of one holds no other up. Remembers nothing
 * that it could
 * not do without: after a restart the next round goes on.
 */
@Component
class Reconciler {

    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    private static final Duration END = Duration.ofSeconds(10);

    /** In the environment of a service: where its instances show their metrics. */
    private static final String METRICS_PATH = "TRICOLOR_METRICS_PATH";

    private static final Counter CHANGES = Counter.build(
                    "tricolor_deploy_changes_total", "Changes asked of the orchestrator, by kind")
            .labelNames("kind")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_deploy_failures_total", "Calls and rounds of deployments that failed, by what failed")
            .labelNames("peer")
            .register();

    private final Ledger ledger;
    private final Orchestrators orchestrators;
    private final InstanceRegistry registry;
    private final Artifacts artifacts;
    private final Secrets secrets;
    private final Observations observations;
    private final Supervision supervision;
    private final Hooks hooks;
    private final boolean trustEmpty;
    private final InstantSource clock;
    private final Works works;

    /**
     * What all deployments of a round go by.
     *
     * @param parts by orchestrator
     * @param registered null: the registry does not answer, or was not asked
     * @param seenNanos before anybody was asked, of the nanosecond clock
     */
    private record World(Map<String, Part> parts, @Nullable Map<String, Registration> registered, long seenNanos) {

        Part part(String orchestrator) {
            return Objects.requireNonNull(parts.get(orchestrator));
        }
    }

    /**
     * What one orchestrator says.
     *
     * @param running null: it does not answer
     * @param complaint why there is nothing to go by; null for none
     */
    private record Part(
            @Nullable Map<ServiceKey, RunningService> running,
            @Nullable Complaint complaint) {}

    /**
     * Where a deployment is.
     *
     * @param name of the orchestrator
     * @param to where it is to be instead; null: it is where it should be
     */
    private record Place(
            String name,
            Orchestrator orchestrator,
            @Nullable String to) {}

    /**
     * What stood in the way.
     *
     * @param problem by its code; null when it has none
     */
    private record Complaint(String text, @Nullable Rejection problem) {

        static Complaint of(String text) {
            return new Complaint(text, null);
        }

        static Complaint of(Rejection problem) {
            return new Complaint(problem.code() + ": " + problem.message(), problem);
        }
    }

    @Autowired
    Reconciler(
            Ledger ledger,
            Orchestrators orchestrators,
            InstanceRegistry registry,
            Artifacts artifacts,
            Secrets secrets,
            Hooks hooks,
            Observations observations,
            InstanceLogs logs,
            InstantSource clock,
            ReconcilerProperties properties) {
        this(
                ledger,
                orchestrators,
                registry,
                artifacts,
                secrets,
                hooks,
                observations,
                new Supervision(logs),
                properties.trustEmpty(),
                clock,
                Works.atMost(properties.atOnce()));
    }

    Reconciler(
            Ledger ledger,
            Orchestrators orchestrators,
            InstanceRegistry registry,
            Artifacts artifacts,
            Secrets secrets,
            Hooks hooks,
            Observations observations,
            Supervision supervision,
            boolean trustEmpty,
            InstantSource clock,
            Executor executor) {
        this.ledger = ledger;
        this.orchestrators = orchestrators;
        this.registry = registry;
        this.artifacts = artifacts;
        this.secrets = secrets;
        this.observations = observations;
        this.supervision = supervision;
        this.hooks = hooks;
        this.trustEmpty = trustEmpty;
        this.clock = clock;
        this.works = new Works(executor);
    }

    /**
     * Calls {@code wake} when a deployment can be worked on again that was left out because it still was being
     * worked on.
     */
    void onLeftOut(Runnable wake) {
        works.onLeftOut(wake);
    }

    /** Asks what runs and what is registered, and begins the work on every deployment that is not being worked on. */
    void round() {
        List<String> ids = ledger.ids();
        if (ids.isEmpty()) {
            return;
        }
        World world = look(Set.copyOf(ids));
        for (String id : ids) {
            works.begin(id, world.seenNanos(), () -> work(id, world));
        }
    }

    /** Waits a while for the work that is under way. */
    void awaitEnd() {
        try {
            if (!works.awaitEnd(END)) {
                log.warn("deployments are still being worked on after {}", END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private World look(Set<String> ids) {
        long now = System.nanoTime();
        Map<String, Part> parts = new HashMap<>();
        for (String name : orchestrators.names()) {
            parts.put(name, part(name));
        }
        if (parts.values().stream().allMatch(part -> part.running() == null)) {
            return new World(parts, null, now);
        }
        Map<String, Registration> registered = registered();
        Map<String, Registration> missing = missing(parts, ids, registered);
        parts.replaceAll((name, part) -> {
            Rejection empty =
                    part.running() != null && part.running().isEmpty() && !trustEmpty ? emptiness(name, missing) : null;
            if (empty == null) {
                return part;
            }
            FAILURES.labels("orchestrator").inc();
            log.warn("{}", empty.message());
            return new Part(null, Complaint.of(empty));
        });
        return new World(parts, registered, now);
    }

    private Part part(String name) {
        try {
            return new Part(orchestrators.named(name).services(), null);
        } catch (Orchestrator.Unavailable e) {
            FAILURES.labels("orchestrator").inc();
            log.warn("{}", e.getMessage());
            return new Part(null, Complaint.of(message(e)));
        }
    }

    /**
     * Apps are never removed, so an orchestrator that has none of them while their instances are registered has lost
     * its memory, or is another one. Null when there is nothing odd.
     */
    private @Nullable Rejection emptiness(String orchestrator, Map<String, Registration> missing) {
        long left = missing.values().stream()
                .filter(present -> isOn(present.group() + "/" + present.cluster(), orchestrator))
                .count();
        return left == 0
                ? null
                : new Rejection(
                        Code.ORCHESTRATOR_EMPTY,
                        "the orchestrator" + (orchestrators.names().size() > 1 ? " " + orchestrator : "")
                                + " lists nothing at all while " + left + " instances are registered");
    }

    /** Registered instances of deployments that no orchestrator lists. */
    private static Map<String, Registration> missing(
            Map<String, Part> parts, Set<String> ids, @Nullable Map<String, Registration> registered) {
        Map<String, Registration> missing = new HashMap<>();
        if (registered != null) {
            registered.forEach((id, present) -> {
                if (ids.contains(present.group() + "/" + present.cluster())) {
                    missing.put(id, present);
                }
            });
        }
        for (Part part : parts.values()) {
            if (part.running() != null) {
                part.running().values().forEach(service -> service.tasks().forEach(task -> missing.remove(task.id())));
            }
        }
        return missing;
    }

    private boolean isOn(String id, String orchestrator) {
        return orchestrators.names().size() == 1
                || ledger.find(id)
                        .map(deployment -> orchestrators.nameFor(deployment.manifest()))
                        .filter(orchestrator::equals)
                        .isPresent();
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

    private void work(String id, World world) {
        try {
            DeploymentState deployment = ledger.find(id).orElse(null);
            if (deployment == null) {
                return;
            }
            String name = orchestrators.nameFor(deployment.manifest());
            if (!orchestrators.names().contains(name)) {
                Rejection unknown = new Rejection(
                        Code.INVALID_MANIFEST,
                        "the manifest is for " + name + ", and deploy-service has " + orchestrators.names());
                if (deployment.failure() == null) {
                    giveUp(deployment, unknown);
                }
                observations.unchanged(deployment, unknown.message(), unknown);
                return;
            }
            Part part = world.part(name);
            if (part.running() == null) {
                Complaint complaint = Objects.requireNonNull(part.complaint());
                observations.unchanged(deployment, complaint.text(), complaint.problem());
                return;
            }
            try {
                Place place = new Place(name, orchestrators.named(name), null);
                Map<ServiceKey, RunningService> known = known(deployment, place, part.running(), world.registered());
                Place elsewhere = elsewhere(deployment, known, world, place);
                if (elsewhere == null) {
                    reconcile(deployment, place, known, world.registered());
                } else {
                    Map<ServiceKey, RunningService> there = known(
                            deployment,
                            elsewhere,
                            Objects.requireNonNull(world.part(elsewhere.name()).running()),
                            world.registered());
                    reconcile(deployment, elsewhere, there, world.registered());
                }
            } catch (Orchestrator.Unavailable e) {
                FAILURES.labels("orchestrator").inc();
                log.warn("{}: {}", id, e.getMessage());
                observations.unchanged(deployment, message(e), null);
            }
        } catch (RuntimeException | Error e) { // whatever it is, the next round tries this deployment again
            FAILURES.labels("deployment").inc();
            log.warn("{}: a round ended early: {}", id, e.toString());
            log.debug("{}: cause", id, e);
        }
    }

    /**
     * Another orchestrator on which instances still run that were last recorded, of a deployment of which none runs
     * where it should; null when there is none. That one does not answer is no answer.
     */
    private @Nullable Place elsewhere(
            DeploymentState deployment, Map<ServiceKey, RunningService> known, World world, Place place)
            throws Orchestrator.Unavailable {
        if (deployment.running().values().stream().allMatch(count -> count == 0)
                || known.values().stream().anyMatch(Reconciler::isThere)) {
            return null;
        }
        for (String other : orchestrators.names()) {
            if (other.equals(place.name())) {
                continue;
            }
            Map<ServiceKey, RunningService> listed = world.part(other).running();
            if (listed == null) {
                throw new Orchestrator.Unavailable(
                        "whether " + deployment.deploymentId() + " still runs on " + other + " is not known");
            }
            boolean runs = deployment.manifest().services().stream()
                    .map(manifest -> listed.get(key(deployment, manifest)))
                    .anyMatch(service -> service != null && isThere(service));
            if (runs) {
                return new Place(other, orchestrators.named(other), place.name());
            }
        }
        return null;
    }

    private static boolean isThere(RunningService service) {
        return service.instances() > 0 || !service.tasks().isEmpty();
    }

    /**
     * What runs of a deployment. That the list lacks a service of which something ran or is registered proves nothing:
     * the service
     * itself is asked for, and only an answer that there is no such service counts.
     */
    private Map<ServiceKey, RunningService> known(
            DeploymentState deployment,
            Place place,
            Map<ServiceKey, RunningService> listed,
            @Nullable Map<String, Registration> registered)
            throws Orchestrator.Unavailable {
        Map<ServiceKey, RunningService> known = new HashMap<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            ServiceKey key = key(deployment, manifest);
            RunningService running = listed.get(key);
            if (running == null
                    && (deployment.running().getOrDefault(manifest.name(), 0) > 0
                            || (registered != null
                                    && registered.values().stream().anyMatch(r -> isOf(r, key))))) {
                running = place.orchestrator().find(key).orElse(null);
            }
            if (running != null) {
                known.put(key, running);
            }
        }
        return known;
    }

    private static boolean isOf(Registration present, ServiceKey key) {
        return present.group().equals(key.group())
                && present.cluster().equals(key.cluster())
                && present.service().equals(key.service());
    }

    private void reconcile(
            DeploymentState deployment,
            Place place,
            Map<ServiceKey, RunningService> running,
            @Nullable Map<String, Registration> registered) {
        Map<ServiceKey, Surplus> surplus = new HashMap<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            ServiceKey key = key(deployment, manifest);
            RunningService service = running.get(key);
            // Instances of another definition are exchanged, not stopped.
            if (service != null && service.digest().equals(Digests.of(deployment.manifest(), manifest))) {
                surplus.put(
                        key,
                        Surplus.of(
                                service,
                                deployment.wanted(manifest.name()),
                                deployment.withdrawn(manifest.name()),
                                registered == null ? Set.of() : registered.keySet()));
            }
        }
        Map<ServiceKey, Complaint> unchecked = unchecked(deployment, running);
        Complaint complaint = registered == null
                ? Complaint.of("the registry does not answer")
                : place.to() != null && isDesired(deployment)
                        ? null // what serves where it should not stays as it is
                        : register(deployment, running, surplus, unchecked.keySet(), registered);
        boolean mayStop = complaint == null;
        if (deployment.failure() != null) {
            complaint = new Complaint(deployment.failure().message(), deployment.failure());
        } else if (isOverdue(deployment)) {
            Rejection cause = supervised(deployment, running);
            Rejection expired = new Rejection(
                    Code.DEADLINE_EXPIRED,
                    "desired state " + deployment.order() + " for " + deployment.deploymentId() + " was not met by "
                            + deployment.deadline()
                            + (cause == null ? "" : ": " + cause.code() + ": " + cause.message()));
            giveUp(deployment, expired);
            complaint = new Complaint(expired.message(), expired);
        } else {
            for (ServiceManifest manifest : deployment.manifest().services()) {
                ServiceKey key = key(deployment, manifest);
                Complaint next = bring(deployment, place, manifest, running.get(key), surplus.get(key), mayStop);
                complaint = next == null ? complaint : next;
            }
            Rejection problem = complaint == null ? supervised(deployment, running) : null;
            complaint = problem == null ? complaint : Complaint.of(problem);
            for (Complaint each : unchecked.values()) {
                complaint = complaint == null ? each : complaint;
                if (each.problem() != null) {
                    giveUp(deployment, each.problem());
                    break;
                }
            }
        }
        ClusterObserved observed = observed(deployment, running, unchecked.keySet(), complaint);
        record(deployment, observed);
        observations.publish(observed);
    }

    /** What keeps a service from what is desired; null when nothing does, or nobody knows. */
    private @Nullable Rejection supervised(DeploymentState deployment, Map<ServiceKey, RunningService> running) {
        for (ServiceManifest manifest : deployment.manifest().services()) {
            ServiceKey key = key(deployment, manifest);
            RunningService service = running.get(key);
            if (service == null || !service.digest().equals(Digests.of(deployment.manifest(), manifest))) {
                continue;
            }
            Optional<Rejection> problem = supervision.problem(
                    key, deployment.wanted(manifest.name()), service, text -> masked(manifest, text), now());
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        return null;
    }

    /** What an instance wrote may repeat its secrets. Without their values nothing is passed on. */
    private String masked(ServiceManifest manifest, String text) {
        try {
            return secrets.resolve(manifest.secretEnv()).masked(text);
        } catch (Secrets.Missing | IOException e) {
            return "";
        }
    }

    private boolean isOverdue(DeploymentState deployment) {
        return !deployment.met()
                && deployment.deadline() != null
                && clock.instant().isAfter(deployment.deadline());
    }

    /**
     * Does the one next thing for a service; what stood in the way, or null. Nothing is stopped that the registry
     * may still offer.
     */
    private @Nullable Complaint bring(
            DeploymentState deployment,
            Place place,
            ServiceManifest manifest,
            @Nullable RunningService running,
            @Nullable Surplus surplus,
            boolean mayStop) {
        ServiceKey key = key(deployment, manifest);
        int wanted = deployment.wanted(manifest.name());
        String digest = Digests.of(deployment.manifest(), manifest);
        Orchestrator orchestrator = place.orchestrator();
        if (place.to() != null && isDesired(deployment)) {
            return Complaint.of(deployment.deploymentId() + " still runs on " + place.name() + " and is to run on "
                    + place.to() + ": it has to be stopped first");
        }
        try {
            if (running == null ? wanted == 0 : wanted == 0 && running.instances() == 0) {
                hooks.forget(key, manifest);
                return null;
            }
            if (running != null && (wanted == 0 || running.digest().equals(digest))) {
                if (running.instances() == wanted) {
                    return null;
                }
                if (running.instances() < wanted) {
                    Complaint script =
                            running.instances() == 0 ? script(deployment, manifest, Hook.START, digest, running) : null;
                    if (script != null) {
                        return script;
                    }
                    orchestrator.scale(key, wanted, overtake(running));
                    CHANGES.labels("scale").inc();
                    return null;
                }
                if (!mayStop) {
                    return Complaint.of("nothing is stopped while the registry does not answer");
                }
                Complaint script = wanted == 0 ? script(deployment, manifest, Hook.STOP, digest, running) : null;
                if (script != null
                        && (script.problem() == null || script.problem().code() != Code.SCRIPT_FAILED)) {
                    return script;
                }
                Complaint held = stop(orchestrator, key, running, wanted, surplus == null ? Surplus.NONE : surplus);
                return held == null ? script : held;
            }
            return switch (artifacts.check(manifest.artifact())) {
                case Artifacts.Check.Wrong wrong -> {
                    giveUp(deployment, wrong.rejection());
                    yield new Complaint(wrong.rejection().message(), wrong.rejection());
                }
                case Artifacts.Check.Failed failed -> {
                    FAILURES.labels("artifact").inc();
                    yield new Complaint(failed.message(), new Rejection(Code.ARTIFACT_UNAVAILABLE, failed.message()));
                }
                case Artifacts.Check.Reading reading -> Complaint.of(reading.message());
                case Artifacts.Check.Right _ -> {
                    // Before anything changes: what runs goes on when a secret is missing.
                    SecretValues values = secrets.resolve(manifest.secretEnv());
                    Complaint script = script(deployment, manifest, Hook.MIGRATE, digest, running);
                    if (script == null && (running == null || running.instances() == 0)) {
                        script = script(deployment, manifest, Hook.START, digest, running);
                    }
                    if (script != null) {
                        yield script;
                    }
                    orchestrator.deploy(
                            new ServiceDefinition(
                                    key,
                                    manifest,
                                    deployment.manifest().version(),
                                    digest,
                                    wanted,
                                    values,
                                    manifest.artifact() instanceof Artifact.File file ? artifacts.source(file) : null),
                            Overtake.REPLACE);
                    CHANGES.labels("deploy").inc();
                    yield null;
                }
            };
        } catch (Secrets.Missing e) {
            Rejection missing = new Rejection(Code.SECRET_NOT_FOUND, message(e));
            giveUp(deployment, missing);
            return new Complaint(missing.message(), missing);
        } catch (IOException e) {
            FAILURES.labels("secrets").inc();
            log.warn("{}: {}", deployment.deploymentId(), e.toString());
            return Complaint.of(message(e));
        } catch (Orchestrator.Busy e) {
            return Complaint.of(message(e));
        } catch (Orchestrator.Unavailable e) {
            FAILURES.labels("orchestrator").inc();
            log.warn("{}: {}", deployment.deploymentId(), e.toString());
            return Complaint.of(message(e));
        } catch (Orchestrator.Refused e) {
            giveUp(deployment, e.rejection());
            return new Complaint(e.rejection().message(), e.rejection());
        }
    }

    /** What a script that belongs here keeps from going on; null when it ran, or there is none. */
    private @Nullable Complaint script(
            DeploymentState deployment,
            ServiceManifest manifest,
            Hook hook,
            String digest,
            @Nullable RunningService running) {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "TRICOLOR_GROUP", deployment.groupId(),
                "TRICOLOR_CLUSTER", deployment.cluster(),
                "TRICOLOR_SERVICE", manifest.name(),
                "TRICOLOR_VERSION", deployment.manifest().version(),
                "TRICOLOR_ADDRESSES", addresses(running)));
        if (manifest.configRevision() != null) {
            environment.put("TRICOLOR_CONFIG_REVISION", manifest.configRevision());
        }
        Hooks.Call call = new Hooks.Call(
                key(deployment, manifest),
                hook,
                manifest,
                digest,
                deployment.order().toString(),
                environment);
        return switch (hooks.of(call)) {
            case Hooks.Outcome.Done _ -> null;
            case Hooks.Outcome.Waiting waiting -> Complaint.of(waiting.message());
            case Hooks.Outcome.Unavailable unavailable -> {
                FAILURES.labels("scripts").inc();
                yield Complaint.of(unavailable.message());
            }
            case Hooks.Outcome.Failed failed -> {
                if (hook == Hook.MIGRATE || hook == Hook.START) {
                    giveUp(deployment, failed.rejection());
                }
                yield Complaint.of(failed.rejection());
            }
        };
    }

    private static String addresses(@Nullable RunningService running) {
        return running == null
                ? ""
                : String.join(
                        " ",
                        running.tasks().stream()
                                .filter(task -> task.healthy() && task.current())
                                .map(task -> task.host() + ":" + task.port())
                                .toList());
    }

    /** Services whose instances may not serve before a script has looked at them, with what is missing. */
    private Map<ServiceKey, Complaint> unchecked(DeploymentState deployment, Map<ServiceKey, RunningService> running) {
        Map<ServiceKey, Complaint> unchecked = new HashMap<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            int wanted = deployment.wanted(manifest.name());
            if (wanted == 0 || !hooks.checks(manifest)) {
                continue;
            }
            ServiceKey key = key(deployment, manifest);
            RunningService service = running.get(key);
            String digest = Digests.of(deployment.manifest(), manifest);
            if (service == null || !service.digest().equals(digest)) {
                continue; // what runs is of another release, and was checked as such
            }
            long healthy = service.tasks().stream()
                    .filter(task -> task.healthy() && task.current())
                    .count();
            if (hooks.isDone(key, Hook.CHECK, digest)) {
                continue;
            }
            Complaint script = healthy < wanted
                    ? Complaint.of("the check of " + manifest.name() + " waits for healthy instances")
                    : script(deployment, manifest, Hook.CHECK, digest, service);
            if (script != null) {
                unchecked.put(key, script);
            }
        }
        return unchecked;
    }

    private static boolean isDesired(DeploymentState deployment) {
        return deployment.instances().values().stream().anyMatch(count -> count > 0);
    }

    private @Nullable Complaint stop(
            Orchestrator orchestrator, ServiceKey key, RunningService running, int wanted, Surplus surplus)
            throws Orchestrator.Unavailable, Orchestrator.Busy, Orchestrator.Refused {
        if (wanted == 0) {
            orchestrator.scale(key, 0, Overtake.REPLACE);
            CHANGES.labels("scale").inc();
        } else if (!surplus.toStop().isEmpty()) {
            orchestrator.stop(key, surplus.toStop(), overtake(running));
            CHANGES.labels("stop").inc();
        } else if (surplus.held() == 0) {
            orchestrator.scale(
                    key, wanted, overtake(running)); // fewer run than are to be kept: nobody has to be chosen
            CHANGES.labels("scale").inc();
        }
        return surplus.held() == 0
                ? null
                : Complaint.of(
                        key.service() + " has " + surplus.held() + " more than desired, and they are not withdrawn");
    }

    /**
     * A change that is still being carried out serves an older desired state, and its end may never come. Only the
     * exchange of old
     * instances for new ones is waited for: cut short by a mere change of their number, it would leave old ones in
     * place.
     */
    private static Overtake overtake(RunningService running) {
        return running.tasks().stream().allMatch(Task::current) ? Overtake.REPLACE : Overtake.WAIT;
    }

    /**
     * Registers what is healthy and takes out what is gone or withdrawn, first of all what is about to be stopped.
     * What of nothing is
     * known stays as it is; the registry has checks of its own. What stood in the way, or null.
     */
    private @Nullable Complaint register(
            DeploymentState deployment,
            Map<ServiceKey, RunningService> running,
            Map<ServiceKey, Surplus> surplus,
            Set<ServiceKey> unchecked,
            Map<String, Registration> registered) {
        Map<String, Registration> wanted = new TreeMap<>();
        Set<String> undecided = new HashSet<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            ServiceKey key = key(deployment, manifest);
            RunningService service = running.get(key);
            if (service != null && deployment.wanted(manifest.name()) > 0) {
                List<String> out = surplus.getOrDefault(key, Surplus.NONE).toStop();
                List<String> withdrawn = deployment.withdrawn(manifest.name());
                if (service.tasks().isEmpty() && service.instances() > 0) {
                    // It is to keep instances and lists none: a new leader does not know them yet, or all are being
                    // started again.
                    registered.values().stream()
                            .filter(present -> isOf(present, key) && !withdrawn.contains(present.instanceId()))
                            .forEach(present -> undecided.add(present.instanceId()));
                }
                boolean noneIsHealthy = service.tasks().stream().noneMatch(Task::healthy);
                for (Task task : service.tasks()) {
                    if (out.contains(task.id()) || withdrawn.contains(task.id())) {
                        continue;
                    }
                    // That all fail at once says more of the checks than of them: Consul has its own, and routers know
                    // from what is registered to whom they may go on sending.
                    if (task.health() == Health.UNKNOWN || noneIsHealthy) {
                        undecided.add(task.id());
                    }
                    if (task.healthy() && !(task.current() && unchecked.contains(key))) {
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
                                        manifest.healthCheck().path(),
                                        manifest.env().getOrDefault(METRICS_PATH, "")));
                    }
                }
            }
        }
        try {
            for (Registration present : registered.values()) {
                boolean ours = present.group().equals(deployment.groupId())
                        && present.cluster().equals(deployment.cluster());
                if (ours && !wanted.containsKey(present.instanceId()) && !undecided.contains(present.instanceId())) {
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
            return Complaint.of(message(e));
        }
    }

    private ClusterObserved observed(
            DeploymentState deployment,
            Map<ServiceKey, RunningService> running,
            Set<ServiceKey> unchecked,
            @Nullable Complaint complaint) {
        List<ServiceObservation> services = new ArrayList<>();
        for (ServiceManifest manifest : deployment.manifest().services()) {
            ServiceKey key = key(deployment, manifest);
            RunningService service = running.getOrDefault(key, new RunningService("", 0, false, List.of()));
            String digest = Digests.of(deployment.manifest(), manifest);
            List<Instance> instances = new ArrayList<>();
            int healthy = 0;
            for (Task task : service.tasks()) {
                boolean serves =
                        task.healthy() && task.current() && service.digest().equals(digest) && !unchecked.contains(key);
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
                complaint == null ? null : complaint.text(),
                complaint == null ? null : complaint.problem(),
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
