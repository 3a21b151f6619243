package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppDefinition.ReadinessCheck;
import io.tricolor.marathon.app.AppWriter;
import io.tricolor.marathon.plan.Health;
import io.tricolor.marathon.plan.LaunchDelay;
import io.tricolor.marathon.task.FetchCache;
import io.tricolor.marathon.task.HealthProbe;
import io.tricolor.marathon.task.PortPool;
import io.tricolor.marathon.task.ProcessIdentity;
import io.tricolor.marathon.task.ProcessTree;
import io.tricolor.marathon.task.ProcessTree.Signal;
import io.tricolor.marathon.task.ReadinessProbe;
import io.tricolor.marathon.task.Sandbox;
import io.tricolor.marathon.task.TaskEnvironment;
import io.tricolor.marathon.task.TaskLauncher;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Starts, watches, checks and ends tasks. All methods belong to the engine's thread; what blocks is done on virtual
 * threads that come back through the engine's queue.
 */
final class TaskSupervisor {

    private static final System.Logger LOG = System.getLogger(TaskSupervisor.class.getName());
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Duration STABLE = Duration.ofMinutes(1);
    private static final Duration KILL_REPEAT = Duration.ofSeconds(2);
    private static final Duration LOG_CHECK = Duration.ofSeconds(2);
    private static final int KEPT_SANDBOXES = 5;
    private static final long MAX_CACHE = 4L << 30;
    private static final double ROUNDING = 1e-6;
    private static final int KEPT_LOGS = 25;

    private final State state;
    private final EngineSettings settings;
    private final EventHub events;
    private final Clock clock;
    private final Executor engine;
    private final PortPool ports;
    private final Counters counters = new Counters();
    private final FetchCache cache;
    private final HttpClient http = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private Instant nextLogCheck = Instant.EPOCH;
    private boolean changed;

    TaskSupervisor(State state, EngineSettings settings, EventHub events, Clock clock, Executor engine) {
        this.state = state;
        this.settings = settings;
        this.events = events;
        this.clock = clock;
        this.engine = engine;
        this.cache = new FetchCache(settings.dataDirectory().toAbsolutePath().resolve("fetched"), MAX_CACHE);
        this.ports = new PortPool(settings.minPort(), settings.maxPort());
    }

    Counters counters() {
        return counters;
    }

    void markChanged() {
        changed = true;
    }

    boolean hasChanged() {
        return changed;
    }

    void markWritten() {
        changed = false;
    }

    /** Finds the processes of the tasks in the state again; those that are gone count as failed. */
    void adopt() {
        for (Task task : List.copyOf(state.tasks.values())) {
            ProcessIdentity process = task.process;
            if (process == null) {
                // The engine was killed between the start of the process and its note of the number.
                process = ProcessIdentity.withEnvironment("MESOS_TASK_ID=" + task.id).stream()
                        .findFirst()
                        .orElse(null);
            }
            if (process == null || !process.isAlive()) {
                ended(task, null, "ended while the engine was not running");
                continue;
            }
            counters.adopted().increment();
            task.process = process;
            if (task.state == TaskState.STAGING) {
                running(task);
            } else if (task.isEnding()) {
                task.killAt = clock.instant().plus(task.app.definition().taskKillGracePeriod());
                signal(process, task.id, Signal.TERM);
            }
            LOG.log(System.Logger.Level.INFO, "adopted {0}, process {1}", task.id, Long.toString(process.pid()));
        }
        changed = true;
    }

    List<Task> tasksOf(String appId) {
        return state.tasks.values().stream()
                .filter(task -> task.appId().equals(appId))
                .toList();
    }

    /** Starts instances, unless the app must wait after a failure. */
    void launch(App app, int count) {
        LaunchDelay delay = state.delays.get(app.id());
        if (count <= 0 || (delay != null && clock.instant().isBefore(delay.until()))) {
            return;
        }
        Optional<String> obstacle = app.definition()
                .obstacle(app.definition().image().isPresent()
                        && settings.containers().areThere());
        if (obstacle.isPresent()) {
            if (lacks(app, Shortage.Reason.UNSUITABLE)) {
                noteFailure(app, "", "TASK_ERROR", obstacle.get());
                changed = true;
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            Shortage.Reason shortage = shortage(app.definition());
            List<Integer> taskPorts = shortage == null ? takePorts(app.definition()) : null;
            if (taskPorts == null) {
                var _ = lacks(app, shortage == null ? Shortage.Reason.PORTS : shortage);
                return;
            }
            state.shortages.remove(app.id());
            String id = app.id().substring(1).replace('/', '_') + ".instance-" + UUID.randomUUID() + "._app.1";
            Task task = new Task(id, app, taskPorts, clock.instant());
            state.tasks.put(id, task);
            changed = true;
            status(task, "TASK_STAGING", "");
            prepare(task);
        }
    }

    /** What one more instance would need more of than is left; null: nothing. */
    private Shortage.@Nullable Reason shortage(AppDefinition app) {
        double cpus = app.cpus();
        double mem = app.mem();
        for (Task task : state.tasks.values()) {
            cpus += task.app.definition().cpus();
            mem += task.app.definition().mem();
        }
        boolean tooManyCpus = settings.cpus() > 0 && cpus > settings.cpus() + ROUNDING;
        boolean tooMuchMemory = settings.mem() > 0 && mem > settings.mem() + ROUNDING;
        return tooManyCpus ? Shortage.Reason.CPUS : tooMuchMemory ? Shortage.Reason.MEMORY : null;
    }

    /** Whether that is news. */
    private boolean lacks(App app, Shortage.Reason reason) {
        Shortage known = state.shortages.get(app.id());
        if (known != null && known.reason() == reason) {
            return false;
        }
        LOG.log(System.Logger.Level.WARNING, "{0} cannot be launched: {1}", app.id(), reason.apiName());
        state.shortages.put(app.id(), new Shortage(reason, clock.instant()));
        return true;
    }

    private @Nullable List<Integer> takePorts(AppDefinition app) {
        Set<Integer> taken = new HashSet<>();
        state.tasks.values().forEach(task -> taken.addAll(task.ports));
        List<Integer> taskPorts = new ArrayList<>();
        for (AppDefinition.PortDefinition definition : app.portDefinitions()) {
            Optional<Integer> port;
            if (app.requirePorts() && definition.port() != 0) {
                boolean free = !taken.contains(definition.port()) && PortPool.isFree(definition.port());
                port = free ? Optional.of(definition.port()) : Optional.empty();
            } else {
                port = ports.take(taken);
            }
            if (port.isEmpty()) {
                return null;
            }
            taken.add(port.get());
            taskPorts.add(port.get());
        }
        return taskPorts;
    }

    private void prepare(Task task) {
        Sandbox sandbox = sandbox(task);
        List<AppDefinition.Fetch> fetches = task.app.definition().fetch();
        var _ = Thread.startVirtualThread(() -> {
            try {
                sandbox.prepare(fetches, http, cache);
                engine.execute(() -> start(task));
            } catch (IOException | RuntimeException e) { // whatever it is, the task may not stay in TASK_STAGING
                engine.execute(() -> ended(task, null, "the sandbox cannot be prepared: " + e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void start(Task task) {
        if (!state.tasks.containsKey(task.id)) {
            return;
        }
        if (task.isEnding()) {
            ended(task, null, "killed before the start");
            return;
        }
        try {
            Process child = TaskLauncher.launch(
                    task.id,
                    task.app.definition(),
                    environment(task),
                    sandbox(task),
                    settings.cgroups(),
                    settings.containers());
            task.child = child;
            task.process = ProcessIdentity.of(child.pid()).orElseGet(() -> new ProcessIdentity(child.pid(), "ended"));
            counters.launched().increment();
            running(task);
            var _ = child.onExit().thenAccept(ended -> engine.execute(() -> ended(task, ended.exitValue(), "")));
        } catch (IOException e) {
            ended(task, null, "the process cannot be started: " + e.getMessage());
        }
    }

    private void running(Task task) {
        Instant now = clock.instant();
        task.state = TaskState.RUNNING;
        task.startedAt = now;
        task.installChecks(List.of(), now, false);
        changed = true;
        status(task, "TASK_RUNNING", "");
        task.checks.forEach(check -> {
            ObjectNode event = NODES.objectNode();
            event.put("appId", task.appId()).put("version", App.timestamp(task.app.version()));
            event.set("healthCheck", AppWriter.healthCheck(check.definition));
            events.publish("add_health_check_event", event);
        });
        noteHealth(task);
    }

    /** Asks a task to end: SIGTERM now, SIGKILL when its grace period is over. */
    void kill(Task task, String reason) {
        if (task.isEnding()) {
            return;
        }
        task.state = TaskState.KILLING;
        task.killAt = clock.instant().plus(task.app.definition().taskKillGracePeriod());
        counters.killed().increment();
        changed = true;
        status(task, "TASK_KILLING", reason);
        if (task.process != null) {
            signal(task.process, task.id, Signal.TERM);
        }
    }

    /**
     * Looks after what time brings: health checks, overdue kills, adopted processes that ended, long logs, delays that
     * are over.
     */
    void tick() {
        Instant now = clock.instant();
        for (Task task : List.copyOf(state.tasks.values())) {
            ProcessIdentity process = task.process;
            if (process != null && task.child == null && !process.isAlive()) {
                ended(task, null, "the exit status of an adopted process is not known");
            } else if (process != null && task.isEnding() && task.killAt != null && !now.isBefore(task.killAt)) {
                task.killAt = now.plus(KILL_REPEAT);
                signal(process, task.id, Signal.KILL);
            } else if (task.state == TaskState.RUNNING) {
                task.checks.stream()
                        .filter(check -> !check.running && !now.isBefore(check.nextAt))
                        .forEach(check -> probe(task, check));
            }
        }
        if (state.delays
                .values()
                .removeIf(delay -> now.isAfter(delay.until().plus(STABLE).plus(delay.delay())))) {
            changed = true;
        }
        if (now.isAfter(nextLogCheck)) {
            nextLogCheck = now.plus(LOG_CHECK);
            List<Sandbox> sandboxes =
                    state.tasks.values().stream().map(this::sandbox).toList();
            var _ = Thread.startVirtualThread(() -> sandboxes.forEach(this::limitLogs));
        }
    }

    private void limitLogs(Sandbox sandbox) {
        try {
            sandbox.limitLogs(settings.maxLogBytes());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot limit the logs in " + sandbox.directory(), e);
        }
    }

    private void probe(Task task, Task.Check check) {
        check.running = true;
        counters.healthChecks().increment();
        Map<String, String> environment = environment(task);
        Path directory = sandbox(task).directory();
        var _ = Thread.startVirtualThread(() -> {
            Optional<String> failure = probed(check, task, environment, directory);
            engine.execute(() -> checked(task, check, failure));
        });
    }

    /** A probe that cannot even be tried has failed; without an answer the check would never be due again. */
    private static Optional<String> probed(
            Task.Check check, Task task, Map<String, String> environment, Path directory) {
        try {
            return HealthProbe.run(check.definition, task.ports, environment, directory);
        } catch (RuntimeException e) {
            return Optional.of("the check cannot be run: " + e);
        }
    }

    /** Asks a task that runs whether it is ready, unless it said so, or it was asked lately. */
    void askReadiness(Task task) {
        ReadinessCheck check = task.app.definition().readinessCheck();
        Task.Readiness readiness = task.readiness;
        Instant now = clock.instant();
        if (check == null
                || readiness.ready
                || readiness.running
                || task.state != TaskState.RUNNING
                || now.isBefore(readiness.nextAt)) {
            return;
        }
        readiness.running = true;
        readiness.nextAt = now.plus(check.interval());
        var _ = Thread.startVirtualThread(() -> {
            ReadinessProbe.Response response = ReadinessProbe.run(check, task.app.definition(), task.ports);
            engine.execute(() -> {
                readiness.running = false;
                readiness.last = response;
                readiness.ready = check.statusCodes().contains(response.status());
            });
        });
    }

    private void checked(Task task, Task.Check check, Optional<String> failure) {
        Instant now = clock.instant();
        check.running = false;
        check.nextAt = now.plus(check.definition.interval());
        if (task.state != TaskState.RUNNING || !state.tasks.containsKey(task.id)) {
            return;
        }
        if (failure.isEmpty()) {
            check.health = check.health.succeeded(now);
            noteHealth(task);
            return;
        }
        Health.Verdict verdict = check.health.failed(failure.get(), now, task.since(), check.definition);
        check.health = verdict.health();
        ObjectNode event = NODES.objectNode();
        event.put("appId", task.appId()).put("taskId", task.id);
        event.set("healthCheck", AppWriter.healthCheck(check.definition));
        events.publish("failed_health_check_event", event);
        noteHealth(task);
        if (verdict.kill()) {
            ObjectNode kill = NODES.objectNode();
            kill.put("appId", task.appId())
                    .put("taskId", task.id)
                    .put("instanceId", task.instanceId())
                    .put("version", App.timestamp(task.app.version()))
                    .put("reason", failure.get())
                    .put("host", "127.0.0.1")
                    .put("slaveId", "local");
            events.publish("unhealthy_instance_kill_event", kill);
            LOG.log(System.Logger.Level.INFO, "{0} is unhealthy and is killed: {1}", task.id, failure.get());
            noteFailure(task, "TASK_KILLED", "unhealthy: " + failure.get());
            kill(task, "unhealthy: " + failure.get());
        }
    }

    private void noteHealth(Task task) {
        boolean healthy = task.isHealthy();
        if (healthy == task.reportedHealthy) {
            return;
        }
        task.reportedHealthy = healthy;
        changed = true;
        ObjectNode changedEvent = NODES.objectNode();
        changedEvent
                .put("appId", task.appId())
                .put("instanceId", task.instanceId())
                .put("version", App.timestamp(task.app.version()))
                .put("alive", healthy);
        events.publish("health_status_changed_event", changedEvent);
        ObjectNode instance = NODES.objectNode();
        instance.put("instanceId", task.instanceId())
                .put("runSpecId", task.appId())
                .put("healthy", healthy)
                .put("runSpecVersion", App.timestamp(task.app.version()));
        events.publish("instance_health_changed_event", instance);
    }

    /** Forgets a task whose process is gone. What its process left behind is killed. */
    private void ended(Task task, @Nullable Integer exitStatus, String message) {
        if (state.tasks.remove(task.id) == null) {
            return;
        }
        changed = true;
        String how = exitStatus == null ? message : "exit status " + exitStatus;
        if (task.isEnding()) {
            status(task, "TASK_KILLED", how);
        } else {
            String result = exitStatus != null && exitStatus == 0 ? "TASK_FINISHED" : "TASK_FAILED";
            status(task, result, how);
            noteFailure(task, result, how);
            counters.failed().increment();
            App app = state.apps.get(task.appId());
            if (app != null && task.isOf(app)) {
                Instant now = clock.instant();
                LaunchDelay before = state.delays.get(app.id());
                state.delays.put(
                        app.id(),
                        before == null ? LaunchDelay.first(app.definition(), now) : before.next(app.definition(), now));
            }
            LOG.log(System.Logger.Level.INFO, "{0} ended by itself: {1}", task.id, how);
        }
        if (tasksOf(task.appId()).isEmpty() && !state.apps.containsKey(task.appId())) {
            events.publish("app_terminated_event", NODES.objectNode().put("appId", task.appId()));
        }
        Set<String> running = Set.copyOf(state.tasks.keySet());
        var _ = Thread.startVirtualThread(() -> {
            ProcessTree.signalLeftovers(task.id, Signal.KILL);
            leaveCgroup(task);
            if (task.app.definition().image().isPresent()) {
                settings.containers().remove(task.id);
            }
            pruneSandboxes(task, running);
        });
    }

    private void leaveCgroup(Task task) {
        try {
            settings.cgroups().leave(task.id);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the cgroup of " + task.id + " stays", e);
        }
    }

    private void noteFailure(Task task, String result, String message) {
        noteFailure(task.app, task.id, result, message);
    }

    private void noteFailure(App app, String taskId, String result, String message) {
        ObjectNode failure = NODES.objectNode();
        failure.put("appId", app.id())
                .put("host", "127.0.0.1")
                .put("message", message)
                .put("state", result)
                .put("taskId", taskId)
                .put("timestamp", App.timestamp(clock.instant()))
                .put("version", App.timestamp(app.version()))
                .put("slaveId", "local");
        if (state.apps.containsKey(app.id())) {
            state.lastFailures.put(app.id(), failure);
        }
    }

    private void status(Task task, String taskStatus, String message) {
        ObjectNode event = NODES.objectNode();
        event.put("slaveId", "local")
                .put("taskId", task.id)
                .put("taskStatus", taskStatus)
                .put("message", message)
                .put("appId", task.appId())
                .put("host", "127.0.0.1");
        event.putArray("ipAddresses").addObject().put("ipAddress", "127.0.0.1").put("protocol", "IPv4");
        var portNodes = event.putArray("ports");
        task.ports.forEach(portNodes::add);
        event.put("version", App.timestamp(task.app.version()));
        events.publish("status_update_event", event);
        ObjectNode instance = NODES.objectNode();
        instance.put("instanceId", task.instanceId())
                .put("condition", condition(taskStatus))
                .put("runSpecId", task.appId())
                .put("agentId", "local")
                .put("host", "127.0.0.1")
                .put("runSpecVersion", App.timestamp(task.app.version()));
        events.publish("instance_changed_event", instance);
    }

    private static String condition(String taskStatus) {
        String name = taskStatus.substring("TASK_".length());
        return name.charAt(0) + name.substring(1).toLowerCase(java.util.Locale.ROOT);
    }

    private void signal(ProcessIdentity process, String taskId, Signal signal) {
        var _ = Thread.startVirtualThread(() -> ProcessTree.signal(process, taskId, signal));
    }

    private Map<String, String> environment(Task task) {
        return TaskEnvironment.of(task.app, task.id, task.ports, sandbox(task).directory());
    }

    Sandbox sandbox(Task task) {
        return new Sandbox(sandboxes().resolve(task.id));
    }

    private Path sandboxes() {
        return settings.sandboxes();
    }

    /** Of the tasks of an app that ended last keeps the sandboxes, and of some more the logs: people look there. */
    private void pruneSandboxes(Task task, Set<String> running) {
        String prefix = task.id.substring(0, task.id.indexOf(".instance-") + ".instance-".length());
        try (Stream<Path> all = Files.list(sandboxes())) {
            List<Path> ended = all.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .filter(path -> !running.contains(path.getFileName().toString()))
                    .sorted(Comparator.comparingLong(
                                    (Path path) -> path.toFile().lastModified())
                            .reversed())
                    .toList();
            for (int i = KEPT_SANDBOXES; i < ended.size(); i++) {
                Sandbox old = new Sandbox(ended.get(i));
                if (i < KEPT_LOGS) {
                    old.keepLogsOnly();
                } else {
                    old.delete();
                }
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "old sandboxes were not removed", e);
        }
    }
}
