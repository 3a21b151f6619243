package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.app.AppWriter;
import io.tricolor.marathon.plan.Health;
import io.tricolor.marathon.plan.LaunchDelay;
import io.tricolor.marathon.plan.RestartRule;
import io.tricolor.marathon.plan.Step;
import io.tricolor.marathon.task.ProcessIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** All that the engine knows. Belongs to the engine's thread. */
final class State {

    private static final int FORMAT = 1;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    final NavigableMap<String, App> apps = new TreeMap<>();
    final Map<String, NavigableMap<Instant, App>> versions = new HashMap<>();
    /** Groups that somebody made, and what they depend on. */
    final NavigableMap<String, List<String>> groups = new TreeMap<>();

    final Map<String, Task> tasks = new LinkedHashMap<>();
    final Map<String, Deployment> deployments = new LinkedHashMap<>();
    final Map<String, LaunchDelay> delays = new HashMap<>();
    final Map<String, ObjectNode> lastFailures = new HashMap<>();
    /** Why the last launch of an app could not be; not kept, since the next turn tries again. */
    final Map<String, Shortage> shortages = new HashMap<>();

    String frameworkId = UUID.randomUUID() + "-0000";
    Instant lastVersion = Instant.EPOCH;

    ObjectNode toJson() {
        ObjectNode json = NODES.objectNode();
        json.put("format", FORMAT).put("frameworkId", frameworkId).put("lastVersion", lastVersion.toString());
        ArrayNode appNodes = json.putArray("apps");
        apps.forEach((id, app) -> {
            ObjectNode node = appNodes.addObject();
            node.set("current", app(app));
            ArrayNode old = node.putArray("versions");
            versions.getOrDefault(id, new TreeMap<>()).values().forEach(version -> old.add(app(version)));
            LaunchDelay delay = delays.get(id);
            if (delay != null) {
                node.putObject("launchDelay")
                        .put("delay", delay.delay().toString())
                        .put("until", delay.until().toString());
            }
            ObjectNode failure = lastFailures.get(id);
            if (failure != null) {
                node.set("lastTaskFailure", failure);
            }
        });
        ObjectNode groupNodes = json.putObject("groups");
        groups.forEach((id, dependencies) -> {
            ArrayNode named = groupNodes.putArray(id);
            dependencies.forEach(named::add);
        });
        ArrayNode taskNodes = json.putArray("tasks");
        tasks.values().forEach(task -> taskNodes.add(task(task)));
        ArrayNode deploymentNodes = json.putArray("deployments");
        deployments.values().forEach(deployment -> deploymentNodes.add(deployment(deployment)));
        return json;
    }

    static State fromJson(ObjectNode json) {
        if (json.path("format").intValue() != FORMAT) {
            throw new IllegalStateException(
                    "the state was written in format " + json.path("format") + ", this engine reads format " + FORMAT);
        }
        State state = new State();
        state.frameworkId = json.path("frameworkId").stringValue();
        state.lastVersion = instant(json.path("lastVersion"));
        for (JsonNode node : json.path("apps")) {
            App current = readApp(node.path("current"));
            state.apps.put(current.id(), current);
            NavigableMap<Instant, App> old = new TreeMap<>();
            for (JsonNode version : node.path("versions")) {
                App app = readApp(version);
                old.put(app.version(), app);
            }
            state.versions.put(current.id(), old);
            if (node.get("launchDelay") instanceof ObjectNode delay) {
                state.delays.put(
                        current.id(),
                        new LaunchDelay(
                                Duration.parse(delay.path("delay").stringValue()), instant(delay.path("until"))));
            }
            if (node.get("lastTaskFailure") instanceof ObjectNode failure) {
                state.lastFailures.put(current.id(), failure);
            }
        }
        json.path("groups")
                .properties()
                .forEach(group -> state.groups.put(
                        group.getKey(),
                        group.getValue()
                                .valueStream()
                                .map(JsonNode::stringValue)
                                .toList()));
        for (JsonNode node : json.path("tasks")) {
            Task task = readTask(node);
            state.tasks.put(task.id, task);
        }
        for (JsonNode node : json.path("deployments")) {
            Deployment deployment = readDeployment(node);
            state.deployments.put(deployment.id, deployment);
        }
        return state;
    }

    private static ObjectNode app(App app) {
        ObjectNode json = NODES.objectNode();
        json.set("definition", AppWriter.definition(app.definition()));
        return json.put("version", app.version().toString())
                .put("lastScalingAt", app.lastScalingAt().toString())
                .put("lastConfigChangeAt", app.lastConfigChangeAt().toString());
    }

    private static App readApp(JsonNode json) {
        return new App(
                definition(json.path("definition")),
                instant(json.path("version")),
                instant(json.path("lastScalingAt")),
                instant(json.path("lastConfigChangeAt")));
    }

    private static AppDefinition definition(JsonNode json) {
        ObjectNode definition = (ObjectNode) json.deepCopy();
        definition.remove("ports");
        return AppReader.read(definition.path("id").stringValue(), definition);
    }

    private static ObjectNode task(Task task) {
        ObjectNode json = NODES.objectNode();
        json.put("id", task.id).put("stagedAt", task.stagedAt.toString()).put("state", task.state.name());
        json.set("app", app(task.app));
        ArrayNode ports = json.putArray("ports");
        task.ports.forEach(ports::add);
        if (task.process != null) {
            json.put("pid", task.process.pid()).put("startToken", task.process.startToken());
        }
        if (task.startedAt != null) {
            json.put("startedAt", task.startedAt.toString());
        }
        ArrayNode health = json.putArray("health");
        task.checks.forEach(check -> {
            ObjectNode node = health.addObject().put("alive", check.health.alive());
            if (check.health.firstSuccess() != null) {
                node.put("firstSuccess", check.health.firstSuccess().toString());
            }
        });
        return json;
    }

    private static Task readTask(JsonNode json) {
        List<Integer> ports = new ArrayList<>();
        json.path("ports").forEach(port -> ports.add(port.intValue()));
        Task task = new Task(
                json.path("id").stringValue(), readApp(json.path("app")), ports, instant(json.path("stagedAt")));
        task.state = TaskState.valueOf(json.path("state").stringValue());
        if (json.has("pid")) {
            task.process = new ProcessIdentity(
                    json.path("pid").longValue(), json.path("startToken").stringValue());
        }
        task.startedAt = optionalInstant(json.path("startedAt"));
        List<Health> known = new ArrayList<>();
        for (JsonNode health : json.path("health")) {
            Instant firstSuccess = optionalInstant(health.path("firstSuccess"));
            known.add(new Health(health.path("alive").booleanValue(), 0, firstSuccess, firstSuccess, null, null));
        }
        if (task.state == TaskState.RUNNING) {
            task.installChecks(known, Instant.now(), true);
            task.reportedHealthy = task.isHealthy();
        }
        return task;
    }

    private static ObjectNode deployment(Deployment deployment) {
        ObjectNode json = NODES.objectNode();
        json.put("id", deployment.id)
                .put("version", deployment.version.toString())
                .put("step", deployment.step)
                .put("announced", deployment.announced);
        ArrayNode steps = json.putArray("steps");
        deployment.steps.forEach(step -> {
            ArrayNode actions = steps.addArray();
            step.actions()
                    .forEach(action -> actions.addObject()
                            .put("action", action.kind().apiName())
                            .put("app", action.appId()));
        });
        ObjectNode originals = json.putObject("originals");
        deployment.originals.forEach((id, original) ->
                originals.set(id, original.<JsonNode>map(AppWriter::definition).orElseGet(NODES::nullNode)));
        ObjectNode victims = json.putObject("victims");
        deployment.victims.forEach((id, tasks) -> {
            ArrayNode ids = victims.putArray(id);
            tasks.forEach(ids::add);
        });
        ObjectNode restarts = json.putObject("restarts");
        deployment.restarts.forEach((id, rule) -> restarts.putObject(id)
                .put("instances", rule.instances())
                .put("maxCapacity", rule.maxCapacity())
                .put("oldAtStart", rule.oldAtStart())
                .put("killAtOnce", rule.killAtOnce()));
        return json;
    }

    private static Deployment readDeployment(JsonNode json) {
        List<Step> steps = new ArrayList<>();
        for (JsonNode step : json.path("steps")) {
            List<Step.Action> actions = new ArrayList<>();
            for (JsonNode action : step) {
                actions.add(new Step.Action(
                        Step.Kind.of(action.path("action").stringValue()),
                        action.path("app").stringValue()));
            }
            steps.add(new Step(actions));
        }
        Map<String, Optional<AppDefinition>> originals = new HashMap<>();
        json.path("originals")
                .properties()
                .forEach(member -> originals.put(
                        member.getKey(),
                        member.getValue().isNull() ? Optional.empty() : Optional.of(definition(member.getValue()))));
        Map<String, List<String>> victims = new HashMap<>();
        json.path("victims").properties().forEach(member -> {
            List<String> tasks = new ArrayList<>();
            member.getValue().forEach(task -> tasks.add(task.stringValue()));
            victims.put(member.getKey(), tasks);
        });
        Deployment deployment = new Deployment(
                json.path("id").stringValue(), instant(json.path("version")), List.copyOf(steps), originals, victims);
        deployment.step = json.path("step").intValue();
        deployment.announced = json.path("announced").booleanValue();
        json.path("restarts")
                .properties()
                .forEach(member -> deployment.restarts.put(
                        member.getKey(),
                        new RestartRule(
                                member.getValue().path("instances").intValue(),
                                member.getValue().path("maxCapacity").intValue(),
                                member.getValue().path("oldAtStart").intValue(),
                                member.getValue().path("killAtOnce").intValue())));
        return deployment;
    }

    private static Instant instant(JsonNode node) {
        return Instant.parse(node.stringValue());
    }

    private static @Nullable Instant optionalInstant(JsonNode node) {
        return node.isString() ? instant(node) : null;
    }
}
