package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.app.AppWriter;
import io.tricolor.marathon.app.Refused;
import io.tricolor.marathon.plan.Health;
import io.tricolor.marathon.plan.LaunchDelay;
import io.tricolor.marathon.plan.Step;
import io.tricolor.marathon.task.ReadinessProbe;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The state as the API shows it. Objects hold exactly the API's members: some clients refuse any other. To be used on
 * the engine's thread.
 */
public final class Views {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final State state;
    private final Clock clock;

    Views(State state, Clock clock) {
        this.state = state;
        this.clock = clock;
    }

    /** Apps that are wanted, with counts and deployments, without their tasks. */
    public ArrayNode apps(Predicate<App> wanted) {
        ArrayNode apps = NODES.arrayNode();
        state.apps.values().stream().filter(wanted).forEach(app -> apps.add(appWithCounts(app)));
        return apps;
    }

    /** One app with its tasks; refuses with 404 when there is none. */
    public ObjectNode app(String id) {
        ObjectNode json = appWithCounts(existing(id));
        json.set("tasks", tasks(List.of(id)));
        addLastFailure(json);
        return json;
    }

    /** Ids of the apps in a group, at any depth. */
    public List<String> appsOfGroup(String group) {
        String prefix = group.equals("/") ? "/" : group + "/";
        return state.apps.keySet().stream().filter(id -> id.startsWith(prefix)).toList();
    }

    /** Versions of an app, newest first. */
    public ObjectNode versions(String id) {
        existing(id);
        ObjectNode json = NODES.objectNode();
        ArrayNode versions = json.putArray("versions");
        NavigableMap<Instant, App> stored = state.versions.getOrDefault(id, new TreeMap<>());
        stored.descendingKeySet().forEach(version -> versions.add(App.timestamp(version)));
        return json;
    }

    /** An app as it was at a version. */
    public ObjectNode appAt(String id, String timestamp) {
        existing(id);
        return AppWriter.app(version(id, timestamp));
    }

    App version(String id, String timestamp) {
        return state.versions.getOrDefault(id, new TreeMap<>()).values().stream()
                .filter(app -> App.timestamp(app.version()).equals(timestamp))
                .findFirst()
                .orElseThrow(() -> Refused.with(404, "App '" + id + "' does not exist in version " + timestamp));
    }

    /** Adds how the last task of an app ended that was not asked to. */
    public void addLastFailure(ObjectNode app) {
        ObjectNode failure = state.lastFailures.get(app.path("id").stringValue());
        if (failure != null) {
            app.set("lastTaskFailure", failure.deepCopy());
        }
    }

    /** Adds how many tasks of an app there are, and for how long, by how new they are. */
    public void addTaskStats(ObjectNode app) {
        App current = existing(app.path("id").stringValue());
        List<Task> tasks = state.tasks.values().stream()
                .filter(task -> task.appId().equals(current.id()))
                .toList();
        ObjectNode stats = NODES.objectNode();
        addStats(stats, "startedAfterLastScaling", tasks, task -> !task.stagedAt.isBefore(current.lastScalingAt()));
        addStats(stats, "withLatestConfig", tasks, task -> task.isOf(current));
        addStats(stats, "withOutdatedConfig", tasks, task -> !task.isOf(current));
        addStats(stats, "totalSummary", tasks, task -> true);
        app.set("taskStats", stats);
    }

    private void addStats(ObjectNode stats, String name, List<Task> all, Predicate<Task> of) {
        List<Task> tasks = all.stream().filter(of).toList();
        if (tasks.isEmpty()) {
            return;
        }
        ObjectNode one = stats.putObject(name).putObject("stats");
        one.putObject("counts")
                .put("staged", count(tasks, task -> task.state == TaskState.STAGING))
                .put("running", count(tasks, task -> task.state != TaskState.STAGING))
                .put("healthy", count(tasks, task -> !task.checks.isEmpty() && task.isHealthy()))
                .put("unhealthy", count(tasks, Views::isUnhealthy));
        double[] lives = tasks.stream()
                .filter(task -> task.startedAt != null)
                .mapToDouble(
                        task -> Duration.between(task.since(), clock.instant()).toMillis() / 1000.0)
                .sorted()
                .toArray();
        if (lives.length > 0) {
            double median = (lives[(lives.length - 1) / 2] + lives[lives.length / 2]) / 2;
            one.putObject("lifeTime")
                    .put("averageSeconds", Arrays.stream(lives).average().orElse(0))
                    .put("medianSeconds", median);
        }
    }

    private static boolean isUnhealthy(Task task) {
        return task.checks.stream().anyMatch(check -> !check.health.alive() && check.health.lastFailure() != null);
    }

    /** Tasks of these apps. */
    public ArrayNode tasks(Collection<String> appIds) {
        ArrayNode tasks = NODES.arrayNode();
        state.tasks.values().stream()
                .filter(task -> appIds.contains(task.appId()))
                .forEach(task -> tasks.add(task(task)));
        return tasks;
    }

    /** All tasks. */
    public ArrayNode allTasks() {
        ArrayNode tasks = NODES.arrayNode();
        state.tasks.values().forEach(task -> tasks.add(task(task)));
        return tasks;
    }

    /** Ids of the tasks of an app that are not being killed; refuses with 404 when there is no such app. */
    public List<String> taskIds(String appId) {
        existing(appId);
        return state.tasks.values().stream()
                .filter(task -> task.appId().equals(appId) && !task.isEnding())
                .map(task -> task.id)
                .toList();
    }

    /** Whether there is such a task, in whatever state. */
    boolean isTask(String taskId) {
        return state.tasks.containsKey(taskId);
    }

    /** What only this engine knows of its tasks. */
    public ArrayNode processes() {
        ArrayNode processes = NODES.arrayNode();
        state.tasks.values().forEach(task -> {
            ObjectNode json = processes.addObject();
            json.put("id", task.id).put("appId", task.appId()).put("state", task.state.name());
            json.put("pid", task.process == null ? 0 : task.process.pid()).put("adopted", task.child == null);
            ArrayNode ports = json.putArray("ports");
            task.ports.forEach(ports::add);
        });
        return processes;
    }

    /** Running deployments. */
    public ArrayNode deployments() {
        ArrayNode deployments = NODES.arrayNode();
        state.deployments.values().forEach(deployment -> {
            ObjectNode json = deployments.addObject();
            json.put("id", deployment.id).put("version", App.timestamp(deployment.version));
            ArrayNode affected = json.putArray("affectedApps");
            deployment.affectedApps().forEach(affected::add);
            json.putArray("affectedPods");
            ArrayNode steps = json.putArray("steps");
            deployment.steps.forEach(step -> steps.add(step(step)));
            ArrayNode current = json.putArray("currentActions");
            if (deployment.step < deployment.steps.size()) {
                deployment.steps.get(deployment.step).actions().forEach(action -> {
                    ObjectNode node = current.addObject();
                    node.put("action", action.kind().apiName()).put("app", action.appId());
                    addReadiness(node, action.appId());
                });
            }
            json.put("currentStep", Math.min(deployment.step + 1, deployment.steps.size()))
                    .put("totalSteps", deployment.steps.size());
        });
        return deployments;
    }

    /** What the tasks of an app said of being ready, for as long as that is asked. */
    public void addReadiness(ObjectNode json, String appId) {
        ArrayNode results = json.putArray("readinessCheckResults");
        state.tasks.values().stream().filter(task -> task.appId().equals(appId)).forEach(task -> {
            AppDefinition.ReadinessCheck check = task.app.definition().readinessCheck();
            ReadinessProbe.Response last = task.readiness.last;
            if (check != null && last != null) {
                ObjectNode result = results.addObject();
                result.put("name", check.name()).put("taskId", task.id).put("ready", task.readiness.ready);
                if (check.preserveLastResponse()) {
                    result.putObject("lastResponse")
                            .put("status", last.status())
                            .put("contentType", last.contentType())
                            .put("body", last.body());
                }
            }
        });
    }

    /** Apps that wait for instances. */
    public ArrayNode queue() {
        ArrayNode queue = NODES.arrayNode();
        Instant now = clock.instant();
        for (App app : state.apps.values()) {
            long alive = state.tasks.values().stream()
                    .filter(task -> task.appId().equals(app.id()) && !task.isEnding() && task.isOf(app))
                    .count();
            long missing = app.definition().instances() - alive;
            if (missing <= 0) {
                continue;
            }
            LaunchDelay delay = state.delays.get(app.id());
            long left = delay == null
                    ? 0
                    : Math.max(0, (Duration.between(now, delay.until()).toMillis() + 999) / 1000);
            ObjectNode json = queue.addObject();
            json.put("count", missing).put("role", "*").put("since", App.timestamp(app.version()));
            json.putObject("delay").put("timeLeftSeconds", left).put("overdue", left == 0);
            json.set("processedOffersSummary", offers(state.shortages.get(app.id())));
            json.set("app", AppWriter.app(app));
        }
        return queue;
    }

    /** This one machine is always looked at, and refused for one reason at most. */
    private static ObjectNode offers(@Nullable Shortage shortage) {
        ObjectNode offers = NODES.objectNode();
        offers.put("processedOffersCount", 1).put("unusedOffersCount", shortage == null ? 0 : 1);
        if (shortage != null) {
            offers.put("lastUnusedOfferAt", App.timestamp(shortage.since()));
        }
        ArrayNode summary = offers.putArray("rejectSummaryLastOffers");
        if (shortage != null) {
            summary.addObject()
                    .put("reason", shortage.reason().apiName())
                    .put("declined", 1)
                    .put("processed", 1);
        }
        return offers;
    }

    /** Identity of this installation, as a framework id. */
    public String frameworkId() {
        return state.frameworkId;
    }

    /** Numbers for metrics: apps, tasks, healthy tasks, deployments. */
    public int[] sizes() {
        return new int[] {
            state.apps.size(),
            state.tasks.size(),
            (int) state.tasks.values().stream().filter(Task::isHealthy).count(),
            state.deployments.size()
        };
    }

    ObjectNode plan(Deployment deployment) {
        ObjectNode plan = NODES.objectNode();
        plan.put("id", deployment.id).put("version", App.timestamp(deployment.version));
        ArrayNode steps = plan.putArray("steps");
        deployment.steps.forEach(step -> steps.add(step(step)));
        return plan;
    }

    static ObjectNode step(Step step) {
        ObjectNode json = NODES.objectNode();
        ArrayNode actions = json.putArray("actions");
        step.actions()
                .forEach(action -> actions.addObject()
                        .put("action", action.kind().apiName())
                        .put("app", action.appId()));
        return json;
    }

    ObjectNode task(Task task) {
        ObjectNode json = NODES.objectNode();
        json.put("id", task.id).put("appId", task.appId()).put("host", "127.0.0.1");
        ArrayNode ports = json.putArray("ports");
        task.ports.forEach(ports::add);
        ArrayNode servicePorts = json.putArray("servicePorts");
        task.app.definition().portDefinitions().forEach(port -> servicePorts.add(port.port()));
        json.put("slaveId", "local").put("state", "TASK_" + task.state.name());
        json.put("stagedAt", App.timestamp(task.stagedAt));
        if (task.startedAt != null) {
            json.put("startedAt", App.timestamp(task.startedAt));
        }
        json.put("version", App.timestamp(task.app.version()));
        json.putArray("ipAddresses").addObject().put("ipAddress", "127.0.0.1").put("protocol", "IPv4");
        ArrayNode results = json.putArray("healthCheckResults");
        for (Task.Check check : task.checks) {
            Health health = check.health;
            if (health.lastSuccess() == null && health.lastFailure() == null) {
                continue;
            }
            ObjectNode result = results.addObject();
            result.put("alive", health.alive()).put("consecutiveFailures", health.consecutiveFailures());
            putTime(result, "firstSuccess", health.firstSuccess());
            putTime(result, "lastSuccess", health.lastSuccess());
            putTime(result, "lastFailure", health.lastFailure());
            if (health.lastFailureCause() != null) {
                result.put("lastFailureCause", health.lastFailureCause());
            }
            result.put("instanceId", task.instanceId());
        }
        json.putArray("localVolumes");
        return json.put("region", "local").put("zone", "local").put("role", "*");
    }

    private static void putTime(ObjectNode json, String name, @Nullable Instant time) {
        if (time != null) {
            json.put(name, App.timestamp(time));
        }
    }

    private ObjectNode appWithCounts(App app) {
        ObjectNode json = AppWriter.app(app);
        List<Task> tasks = state.tasks.values().stream()
                .filter(task -> task.appId().equals(app.id()))
                .toList();
        boolean checked = !app.definition().healthChecks().isEmpty();
        json.put("tasksStaged", count(tasks, task -> task.state == TaskState.STAGING));
        json.put("tasksRunning", count(tasks, task -> task.state != TaskState.STAGING));
        json.put("tasksHealthy", count(tasks, task -> checked && task.isHealthy()));
        json.put("tasksUnhealthy", count(tasks, Views::isUnhealthy));
        ArrayNode deployments = json.putArray("deployments");
        state.deployments.values().stream()
                .filter(deployment -> deployment.affectedApps().contains(app.id()))
                .forEach(deployment -> deployments.addObject().put("id", deployment.id));
        return json;
    }

    private static long count(List<Task> tasks, Predicate<Task> wanted) {
        return tasks.stream().filter(wanted).count();
    }

    private App existing(String id) {
        App app = state.apps.get(id);
        if (app != null) {
            return app;
        }
        throw Engine.noSuchApp(AppReader.absoluteId(id));
    }
}
