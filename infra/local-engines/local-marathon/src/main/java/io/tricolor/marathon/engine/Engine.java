package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppDefinition.PortDefinition;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.app.Refused;
import io.tricolor.marathon.plan.DeploymentPlanner;
import io.tricolor.marathon.plan.Step;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns the state and drives processes towards it. Everything happens on one thread, turn by turn; what a turn changed
 * is on disk before its caller hears of it. Tasks outlive the engine: a new engine on the same data directory finds
 * them again.
 */
public final class Engine implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Engine.class.getName());
    private static final long TICK_MILLIS = 100;
    private static final int MAX_DEPLOYMENTS = 100;
    private static final int MAX_VERSIONS = 50;
    private static final int FIRST_SERVICE_PORT = 10_000;
    private static final int LAST_SERVICE_PORT = 20_000;

    private final Clock clock = Clock.systemUTC();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("engine").factory());
    private final StateFile file;
    private final TaskLogs logs;
    private final State state;
    private final TaskSupervisor supervisor;
    private final DeploymentRunner runner;
    private final EventHub events;
    private boolean stopping;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private Engine(StateFile file, State state, EngineSettings settings, EventHub events) {
        this.file = file;
        this.state = state;
        this.events = events;
        this.logs = new TaskLogs(this, settings.sandboxes());
        this.supervisor = new TaskSupervisor(state, settings, events, clock, this::later);
        this.runner = new DeploymentRunner(state, supervisor, events, clock);
    }

    /** Reads the state, finds the processes that still run, and goes on. */
    public static Engine start(EngineSettings settings, JsonMapper json, EventHub events) throws IOException {
        return start(settings, json, events, false);
    }

    /**
     * Reads the state, ends the processes that still run, and keeps apps and deployments for the next engine. Blocks
     * until they ended.
     */
    public static void stopTasks(EngineSettings settings, JsonMapper json, EventHub events) throws IOException {
        try (Engine engine = start(settings, json, events, true)) {
            engine.stopTasks().join();
        }
    }

    private static Engine start(EngineSettings settings, JsonMapper json, EventHub events, boolean stopping)
            throws IOException {
        StateFile file = new StateFile(json, settings.dataDirectory());
        State state = file.read().map(State::fromJson).orElseGet(State::new);
        Engine engine = new Engine(file, state, settings, events);
        engine.stopping = stopping;
        engine.turn(() -> {
            engine.supervisor.adopt();
            return true;
        });
        var _ = engine.thread.scheduleWithFixedDelay(engine::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return engine;
    }

    /** Answers from the state as it is between two turns. */
    public <T> T read(Function<Views, T> question) {
        return turn(() -> question.apply(new Views(state, clock)));
    }

    /** Makes an app that must not exist yet. Answers the app as it is before its deployment does anything. */
    public ObjectNode create(String id, ObjectNode body, boolean force) {
        return turn(() -> {
            if (state.apps.containsKey(id)) {
                throw Refused.with(409, "An app with id [" + id + "] already exists.");
            }
            deploy(Map.of(id, Optional.of(AppReader.read(id, body))), Set.of(), Map.of(), force);
            return new Views(state, clock).app(id);
        });
    }

    /**
     * Changes apps, all in one deployment.
     *
     * @param bodies by app id
     * @param partial whether absent members stay as they are; a body with {@code version} then goes back to that
     *     version
     * @param mayCreate whether an app that does not exist is made
     */
    public Change update(Map<String, ObjectNode> bodies, boolean partial, boolean mayCreate, boolean force) {
        return turn(() -> {
            Map<String, Optional<AppDefinition>> targets = new LinkedHashMap<>();
            bodies.forEach((id, body) -> {
                App existing = state.apps.get(id);
                AppDefinition target;
                if (existing == null && !mayCreate) {
                    throw noSuchApp(id);
                } else if (existing == null || !partial) {
                    target = AppReader.read(id, body);
                } else if (body.hasNonNull("version")) {
                    target = version(id, body.get("version").asString()).definition();
                } else {
                    target = AppReader.readChange(existing.definition(), body);
                }
                targets.put(id, Optional.of(target));
            });
            return deploy(targets, Set.of(), Map.of(), force);
        });
    }

    /** Removes an app with its versions and ends its instances. */
    public Change delete(String id, boolean force) {
        return turn(() -> {
            existing(id);
            return deploy(Map.of(id, Optional.empty()), Set.of(), Map.of(), force);
        });
    }

    /**
     * Changes a group, all in one deployment.
     *
     * @param create whether it must not exist yet
     */
    public Change updateGroup(String id, ObjectNode body, boolean create, boolean force) {
        return turn(() -> {
            Groups groups = new Groups(state);
            if (create && groups.exists(id)) {
                throw Refused.with(409, "Group " + id + " is already created. Use PUT to change this group.");
            }
            Groups.Plan plan = groups.update(id, body);
            return deploy(plan.targets(), Set.of(), Map.of(), force, plan.groups());
        });
    }

    /** What {@link #updateGroup} would do, step by step. */
    public List<ObjectNode> planGroup(String id, ObjectNode body) {
        return turn(() -> {
            Groups.Plan plan = new Groups(state).update(id, body);
            Map<String, AppDefinition> before = definitions();
            Map<String, AppDefinition> after = after(before, plan.targets());
            return DeploymentPlanner.plan(before, after, Set.of(), plan.groups()).stream()
                    .map(Views::step)
                    .toList();
        });
    }

    /** Removes a group with all apps below it. */
    public Change deleteGroup(String id, boolean force) {
        return turn(() -> {
            Groups.Plan plan = new Groups(state).removal(id);
            return deploy(plan.targets(), Set.of(), Map.of(), force, plan.groups());
        });
    }

    /** A group with all that is below it. */
    public ObjectNode group(String id) {
        return turn(() -> new Groups(state).show(id, new Views(state, clock)));
    }

    /** A group as it was at a version. */
    public ObjectNode groupAt(String id, String version) {
        return turn(() -> new Groups(state).showAt(id, version));
    }

    /** Versions of a group, newest first. */
    public List<String> groupVersions(String id) {
        return turn(() -> new Groups(state).versions(id));
    }

    /** Replaces all instances of an app. */
    public Change restart(String id, boolean force) {
        return turn(() -> deploy(Map.of(id, Optional.of(existing(id).definition())), Set.of(id), Map.of(), force));
    }

    /**
     * Ends tasks. They are replaced. Unknown ids are ignored.
     *
     * @return the tasks as they were
     */
    public List<ObjectNode> kill(List<String> taskIds) {
        return turn(() -> {
            Views views = new Views(state, clock);
            List<ObjectNode> killed = new ArrayList<>();
            for (String taskId : taskIds) {
                Task task = state.tasks.get(taskId);
                if (task != null && !task.isEnding()) {
                    killed.add(views.task(task));
                    supervisor.kill(task, "killed by request");
                }
            }
            return killed;
        });
    }

    /** Ends tasks and lowers the number of instances by as many. */
    public Change killAndScale(List<String> taskIds, boolean force) {
        return turn(() -> {
            Map<String, List<String>> victims = new HashMap<>();
            for (String taskId : taskIds) {
                Task task = state.tasks.get(taskId);
                if (task != null && !task.isEnding()) {
                    victims.computeIfAbsent(task.appId(), any -> new ArrayList<>())
                            .add(taskId);
                }
            }
            Map<String, Optional<AppDefinition>> targets = new LinkedHashMap<>();
            victims.forEach((id, tasks) -> {
                AppDefinition definition = existing(id).definition();
                targets.put(
                        id, Optional.of(definition.withInstances(Math.max(0, definition.instances() - tasks.size()))));
            });
            return deploy(targets, Set.of(), victims, force);
        });
    }

    /** Stops a deployment where it is. */
    public void cancel(String deploymentId) {
        turn(() -> {
            runner.cancel(deployment(deploymentId));
            return true;
        });
    }

    /** Stops a deployment and brings the apps that it touched back to what they were, by a new one. */
    public Change revert(String deploymentId) {
        return turn(() -> {
            Deployment deployment = deployment(deploymentId);
            Map<String, Optional<AppDefinition>> targets = new LinkedHashMap<>(deployment.originals);
            targets.entrySet()
                    .removeIf(target -> target.getValue().isEmpty() && !state.apps.containsKey(target.getKey()));
            return deploy(targets, Set.of(), Map.of(), true);
        });
    }

    /** Lets an app be started again at once. */
    public void clearLaunchDelay(String id) {
        turn(() -> {
            if (!state.apps.containsKey(id)) {
                throw Refused.with(404, "Application " + id + " not found in tasks queue.");
            }
            if (state.delays.remove(id) != null) {
                supervisor.markChanged();
            }
            return true;
        });
    }

    /**
     * Ends every task and starts none any more; apps and deployments stay in the state and are taken up by the next
     * engine. The future completes when nothing runs.
     */
    public CompletableFuture<Void> stopTasks() {
        return turn(() -> {
            stopping = true;
            List.copyOf(state.tasks.values()).forEach(task -> supervisor.kill(task, "the engine is shut down"));
            return stopped;
        });
    }

    /** What tasks wrote, those that ended a while ago included. */
    public TaskLogs logs() {
        return logs;
    }

    /** Numbers for metrics. */
    public Counters counters() {
        return supervisor.counters();
    }

    /** Stops driving. Tasks stay as they are. */
    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void tick() {
        try {
            step(() -> {
                supervisor.tick();
                return true;
            });
        } catch (RuntimeException | Error e) { // the executor would never call again
            LOG.log(System.Logger.Level.ERROR, "a turn failed and is tried again", e);
        }
    }

    /** Runs something on the engine's thread, some time later. */
    private void later(Runnable action) {
        if (!thread.isShutdown()) {
            thread.execute(() -> {
                try {
                    step(() -> {
                        action.run();
                        return true;
                    });
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.ERROR, "a turn failed", e);
                }
            });
        }
    }

    private <T> T turn(Supplier<T> action) {
        try {
            return CompletableFuture.supplyAsync(() -> step(action), thread).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private <T> T step(Supplier<T> action) {
        T result = action.get();
        if (!stopping) {
            runner.advance();
        }
        if (supervisor.hasChanged()) {
            try {
                file.write(state.toJson());
                supervisor.markWritten();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("the state cannot be written", e);
            }
        }
        if (stopping && state.tasks.isEmpty()) {
            stopped.complete(null);
        }
        return result;
    }

    private Change deploy(
            Map<String, Optional<AppDefinition>> targets,
            Set<String> restarts,
            Map<String, List<String>> victims,
            boolean force) {
        return deploy(targets, restarts, victims, force, new TreeMap<>(state.groups));
    }

    private Map<String, AppDefinition> after(
            Map<String, AppDefinition> before, Map<String, Optional<AppDefinition>> targets) {
        Map<String, AppDefinition> after = new TreeMap<>(before);
        targets.forEach((id, target) -> {
            if (target.isPresent()) {
                after.put(id, withServicePorts(target.get(), before.get(id), after));
            } else {
                after.remove(id);
            }
        });
        return after;
    }

    private Change deploy(
            Map<String, Optional<AppDefinition>> targets,
            Set<String> restarts,
            Map<String, List<String>> victims,
            boolean force,
            Map<String, List<String>> groups) {
        if (stopping) {
            throw Refused.with(503, "The engine is being shut down.");
        }
        Map<String, AppDefinition> before = definitions();
        Map<String, AppDefinition> after = after(before, targets);
        if (DeploymentPlanner.hasCycle(after, groups)) {
            throw Refused.notValid(
                    List.of(new Refused.Detail("/dependencies", List.of("Dependency graph has cyclic dependencies."))));
        }
        takeLocks(targets.keySet(), force);
        Instant version = nextVersion();
        Set<String> toRestart = new HashSet<>(restarts);
        state.tasks.values().stream()
                .filter(task -> targets.containsKey(task.appId()) && !task.isEnding())
                .filter(task -> {
                    App app = state.apps.get(task.appId());
                    return app != null && !task.isOf(app);
                })
                .forEach(task -> toRestart.add(task.appId())); // left over by a deployment that was cancelled
        List<Step> steps = DeploymentPlanner.plan(before, after, toRestart, groups);
        Map<String, Optional<AppDefinition>> originals = new HashMap<>();
        boolean created = false;
        for (String id : targets.keySet()) {
            originals.put(id, Optional.ofNullable(before.get(id)));
            AppDefinition target = after.get(id);
            if (target == null) {
                state.apps.remove(id);
                state.versions.remove(id);
                state.delays.remove(id);
                state.lastFailures.remove(id);
                state.shortages.remove(id);
            } else {
                created |= !before.containsKey(id);
                store(target, version, restarts.contains(id));
            }
        }
        state.groups.clear();
        state.groups.putAll(groups);
        Deployment deployment = new Deployment(UUID.randomUUID().toString(), version, steps, originals, victims);
        state.deployments.put(deployment.id, deployment);
        supervisor.markChanged();
        return new Change(version, deployment.id, created);
    }

    private void takeLocks(Set<String> ids, boolean force) {
        List<Deployment> conflicting = state.deployments.values().stream()
                .filter(deployment -> deployment.affectedApps().stream().anyMatch(ids::contains))
                .toList();
        if (!conflicting.isEmpty() && !force) {
            throw Refused.locked(
                    conflicting.stream().map(deployment -> deployment.id).toList());
        }
        if (state.deployments.size() - conflicting.size() >= MAX_DEPLOYMENTS) {
            throw Refused.with(403, "Max number (" + MAX_DEPLOYMENTS + ") of running deployments reached.");
        }
        conflicting.forEach(runner::cancel);
    }

    private void store(AppDefinition target, Instant version, boolean restart) {
        App old = state.apps.get(target.id());
        if (old != null && !restart && old.definition().equals(target)) {
            return;
        }
        boolean sameConfiguration = old != null && !restart && old.definition().sameConfigurationAs(target);
        App app = new App(
                target,
                version,
                old != null && old.definition().instances() == target.instances() ? old.lastScalingAt() : version,
                old != null && sameConfiguration ? old.lastConfigChangeAt() : version);
        state.apps.put(app.id(), app);
        TreeMap<Instant, App> versions =
                (TreeMap<Instant, App>) state.versions.computeIfAbsent(app.id(), any -> new TreeMap<>());
        versions.put(version, app);
        while (versions.size() > MAX_VERSIONS) {
            versions.pollFirstEntry();
        }
        if (!sameConfiguration) {
            state.delays.remove(app.id());
        }
    }

    private AppDefinition withServicePorts(
            AppDefinition app, @Nullable AppDefinition old, Map<String, AppDefinition> all) {
        Set<Integer> taken = new HashSet<>();
        all.values().stream()
                .filter(other -> !other.id().equals(app.id()))
                .forEach(other -> other.portDefinitions().forEach(port -> taken.add(port.port())));
        app.portDefinitions().forEach(port -> taken.add(port.port()));
        List<PortDefinition> ports = new ArrayList<>();
        for (int i = 0; i < app.portDefinitions().size(); i++) {
            PortDefinition port = app.portDefinitions().get(i);
            if (port.port() != 0 || app.requirePorts()) {
                ports.add(port);
                continue;
            }
            int chosen = FIRST_SERVICE_PORT;
            if (old != null
                    && i < old.portDefinitions().size()
                    && old.portDefinitions().get(i).port() >= FIRST_SERVICE_PORT) {
                chosen = old.portDefinitions().get(i).port();
            }
            while (!taken.add(chosen)) {
                if (++chosen > LAST_SERVICE_PORT) {
                    throw Refused.with(422, "no service port is left");
                }
            }
            ports.add(port.withPort(chosen));
        }
        return app.withPortDefinitions(List.copyOf(ports));
    }

    private Map<String, AppDefinition> definitions() {
        Map<String, AppDefinition> definitions = new TreeMap<>();
        state.apps.forEach((id, app) -> definitions.put(id, app.definition()));
        return definitions;
    }

    private Instant nextVersion() {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant after = state.lastVersion.plusMillis(1);
        state.lastVersion = now.isAfter(after) ? now : after;
        return state.lastVersion;
    }

    private App existing(String id) {
        App app = state.apps.get(id);
        if (app != null) {
            return app;
        }
        throw noSuchApp(id);
    }

    private App version(String id, String timestamp) {
        return new Views(state, clock).version(id, timestamp);
    }

    private Deployment deployment(String id) {
        Deployment deployment = state.deployments.get(id);
        if (deployment != null) {
            return deployment;
        }
        throw Refused.with(404, "DeploymentPlan " + id + " does not exist");
    }

    static Refused noSuchApp(String id) {
        return Refused.with(404, "App '" + id + "' does not exist");
    }

    /** Where the engine's events are heard. */
    public EventHub events() {
        return events;
    }
}
