package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.plan.RestartRule;
import io.tricolor.marathon.plan.Step;
import io.tricolor.marathon.plan.Step.Action;
import io.tricolor.marathon.plan.Victims;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries out deployments and keeps apps without one at their number of instances. Asked again on every turn; remembers
 * nothing itself.
 */
final class DeploymentRunner {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final State state;
    private final TaskSupervisor supervisor;
    private final EventHub events;
    private final Clock clock;

    DeploymentRunner(State state, TaskSupervisor supervisor, EventHub events, Clock clock) {
        this.state = state;
        this.supervisor = supervisor;
        this.events = events;
        this.clock = clock;
    }

    /** Does everything that can be done now. */
    void advance() {
        List.copyOf(state.deployments.values()).forEach(this::advance);
        for (App app : state.apps.values()) {
            if (!isLocked(app.id())) {
                scale(app, new ArrayList<>());
            }
        }
        List.copyOf(state.tasks.values()).stream()
                .filter(task -> !state.apps.containsKey(task.appId()) && !isLocked(task.appId()))
                .forEach(task -> supervisor.kill(task, "its app does not exist"));
    }

    /** Forgets a deployment. What it has done so far stays. */
    void cancel(Deployment deployment) {
        state.deployments.remove(deployment.id);
        supervisor.markChanged();
        ObjectNode event = NODES.objectNode().put("id", deployment.id).put("reason", "cancelled");
        event.set("plan", new Views(state, clock).plan(deployment));
        events.publish("deployment_failed", event);
    }

    private boolean isLocked(String appId) {
        return state.deployments.values().stream()
                .anyMatch(deployment -> deployment.affectedApps().contains(appId));
    }

    private void advance(Deployment deployment) {
        while (deployment.step < deployment.steps.size()) {
            Step step = deployment.steps.get(deployment.step);
            if (!deployment.announced) {
                deployment.announced = true;
                supervisor.markChanged();
                publishStep("deployment_info", deployment, step);
            }
            boolean done = true;
            for (Action action : step.actions()) {
                done &= perform(deployment, action);
            }
            if (!done) {
                return;
            }
            publishStep("deployment_step_success", deployment, step);
            deployment.step++;
            deployment.announced = false;
            supervisor.markChanged();
        }
        state.deployments.remove(deployment.id);
        supervisor.markChanged();
        ObjectNode event = NODES.objectNode().put("id", deployment.id);
        event.set("plan", new Views(state, clock).plan(deployment));
        events.publish("deployment_success", event);
        events.publish(
                "group_change_success",
                NODES.objectNode().put("groupId", "/").put("version", App.timestamp(deployment.version)));
    }

    private void publishStep(String type, Deployment deployment, Step step) {
        Views views = new Views(state, clock);
        ObjectNode event = NODES.objectNode();
        event.set("plan", views.plan(deployment));
        event.set("currentStep", Views.step(step));
        events.publish(type, event);
    }

    /** True when the action's goal is reached. */
    private boolean perform(Deployment deployment, Action action) {
        App app = state.apps.get(action.appId());
        return switch (action.kind()) {
            case START -> true;
            case STOP -> stop(action.appId());
            case SCALE -> app == null || scale(deployment, app);
            case RESTART -> app == null || restart(deployment, app);
        };
    }

    private boolean stop(String appId) {
        List<Task> tasks = supervisor.tasksOf(appId);
        tasks.forEach(task -> supervisor.kill(task, "its app was removed"));
        return tasks.isEmpty();
    }

    /** A deployment waits for instances that say that they are ready. */
    private boolean scale(Deployment deployment, App app) {
        boolean scaled = scale(app, deployment.victims.computeIfAbsent(app.id(), any -> new ArrayList<>()));
        long serving =
                supervisor.tasksOf(app.id()).stream().filter(this::serves).count();
        return scaled && serving == app.definition().instances();
    }

    private boolean scale(App app, List<String> named) {
        List<Task> tasks = supervisor.tasksOf(app.id());
        named.removeIf(taskId -> {
            Task task = state.tasks.get(taskId);
            if (task != null) {
                supervisor.kill(task, "named to go first");
            }
            return true;
        });
        List<Task> alive = tasks.stream().filter(task -> !task.isEnding()).toList();
        int wanted = app.definition().instances();
        killSome(app, alive, alive.size() - wanted);
        supervisor.launch(app, wanted - alive.size());
        return tasks.size() == wanted && tasks.stream().allMatch(Task::isHealthy);
    }

    private boolean restart(Deployment deployment, App app) {
        List<Task> tasks = supervisor.tasksOf(app.id());
        List<Task> old = alive(tasks.stream().filter(task -> !task.isOf(app)));
        List<Task> fresh = alive(tasks.stream().filter(task -> task.isOf(app)));
        int healthy = (int) fresh.stream().filter(this::serves).count();
        RestartRule rule = deployment.restarts.get(app.id());
        if (rule == null) {
            int allHealthy =
                    healthy + (int) old.stream().filter(Task::isHealthy).count();
            rule = RestartRule.begin(
                    app.definition().instances(), app.definition().upgradeStrategy(), old.size(), allHealthy);
            deployment.restarts.put(app.id(), rule);
            supervisor.markChanged();
        }
        int oldEnding = (int) tasks.stream()
                .filter(task -> task.isEnding() && !task.isOf(app))
                .count();
        if (rule.isDone(old.size(), oldEnding, fresh.size(), healthy)) {
            return true;
        }
        RestartRule.Move move = rule.next(old.size(), oldEnding, fresh.size(), healthy);
        killSome(app, old, move.kill());
        supervisor.launch(app, move.start());
        return false;
    }

    /** Healthy and ready; it is asked for the latter as long as a deployment waits for it. */
    private boolean serves(Task task) {
        supervisor.askReadiness(task);
        return task.isServing();
    }

    private void killSome(App app, List<Task> candidates, int count) {
        Victims.choose(
                        candidates.stream().map(Task::asCandidate).toList(),
                        count,
                        app.definition().killSelection())
                .forEach(taskId -> {
                    Task task = state.tasks.get(taskId);
                    if (task != null) {
                        supervisor.kill(task, "there are too many");
                    }
                });
    }

    private static List<Task> alive(Stream<Task> tasks) {
        return tasks.filter(task -> !task.isEnding()).toList();
    }
}
