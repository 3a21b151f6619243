package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * In memory. A change is carried out when its instances are healthy, which they become when {@link #settle} is called
 * and the definition does
 * not say {@code FAIL_HEALTH=1}. Held to the same contract as Marathon.
 */
public final class FakeOrchestrator implements Orchestrator {

    private record App(ServiceDefinition definition, List<Task> tasks) {}

    private final String prefix;
    private @Nullable ServiceDefinition lastDeployed;
    private final Map<ServiceKey, App> apps = new HashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final Set<ServiceKey> unlisted = new HashSet<>();
    private final Map<ServiceKey, End> ends = new HashMap<>();
    private boolean available = true;
    private int number;

    public FakeOrchestrator() {
        this("task-");
    }

    /** One whose instances have ids that begin so. */
    public FakeOrchestrator(String prefix) {
        this.prefix = prefix;
    }

    /** Whether calls are answered. */
    public synchronized void available(boolean value) {
        available = value;
    }

    /** Lets the list of services lack this one, which is there none the less. */
    public synchronized void leaveOut(ServiceKey service) {
        unlisted.add(service);
    }

    /** Forgets a service with all that runs of it. */
    public synchronized void forget(ServiceKey service) {
        apps.remove(service);
    }

    /** Lets an instance of a service have ended so. */
    public synchronized void ended(ServiceKey service, End end) {
        ends.put(service, end);
    }

    /** Says something else of the instances of a service. */
    public synchronized void change(ServiceKey service, UnaryOperator<List<Task>> change) {
        apps.computeIfPresent(service, (key, app) -> new App(app.definition(), List.copyOf(change.apply(app.tasks()))));
    }

    /** The changes that were asked for, as {@code deploy A/web 2}. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** Lets instances become healthy and the changes end that can. */
    public synchronized void settle() {
        apps.replaceAll((key, app) -> isBroken(app.definition())
                ? app
                : new App(
                        app.definition(),
                        app.tasks().stream()
                                .filter(Task::current)
                                .map(task -> new Task(task.id(), task.host(), task.port(), Health.HEALTHY, true))
                                .toList()));
        listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized Map<ServiceKey, RunningService> services() throws Unavailable {
        checkAvailable();
        Map<ServiceKey, RunningService> services = new HashMap<>();
        apps.forEach((key, app) -> services.put(key, running(app)));
        services.keySet().removeAll(unlisted);
        return services;
    }

    @Override
    public synchronized Optional<RunningService> find(ServiceKey service) throws Unavailable {
        checkAvailable();
        return Optional.ofNullable(apps.get(service)).map(this::running);
    }

    private RunningService running(App app) {
        return new RunningService(
                app.definition().digest(),
                app.definition().instances(),
                isChanging(app),
                app.tasks(),
                ends.get(app.definition().key()),
                Waiting.NONE);
    }

    /** What was deployed last, with its secrets. */
    public synchronized ServiceDefinition lastDeployed() {
        return Objects.requireNonNull(lastDeployed);
    }

    @Override
    public synchronized void deploy(ServiceDefinition definition, Overtake overtake) throws Unavailable, Busy, Refused {
        checkAvailable();
        App before = apps.get(definition.key());
        checkFree(before, overtake);
        if (definition.manifest().cpus() < 0) {
            throw new Refused(new Rejection(Code.INVALID_MANIFEST, "cpus is less than 0"));
        }
        lastDeployed = definition;
        calls.add("deploy " + definition.key().cluster() + "/"
                + definition.key().service() + " " + definition.instances());
        List<Task> tasks = new ArrayList<>();
        boolean same = before != null && before.definition().digest().equals(definition.digest());
        if (before != null && definition.instances() > 0) {
            before.tasks()
                    .forEach(task -> tasks.add(
                            new Task(task.id(), task.host(), task.port(), task.health(), same && task.current())));
        }
        apps.put(definition.key(), new App(definition, filled(tasks, definition)));
        listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized void scale(ServiceKey service, int instances, Overtake overtake)
            throws Unavailable, Busy, Refused {
        checkAvailable();
        App before = apps.get(service);
        if (before == null) {
            throw new Refused(new Rejection(Code.INVALID_MANIFEST, "there is no " + service));
        }
        checkFree(before, overtake);
        calls.add("scale " + service.cluster() + "/" + service.service() + " " + instances);
        ServiceDefinition d = before.definition();
        ServiceDefinition scaled = new ServiceDefinition(d.key(), d.manifest(), d.version(), d.digest(), instances);
        List<Task> tasks = new ArrayList<>(before.tasks());
        while (tasks.size() > instances) {
            tasks.removeLast();
        }
        apps.put(service, new App(scaled, filled(tasks, scaled)));
        listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized void stop(ServiceKey service, List<String> instanceIds, Overtake overtake)
            throws Unavailable, Busy {
        checkAvailable();
        App before = apps.get(service);
        if (before == null) {
            return;
        }
        checkFree(before, overtake);
        calls.add("stop " + service.cluster() + "/" + service.service() + " " + instanceIds);
        List<Task> tasks = before.tasks().stream()
                .filter(task -> !instanceIds.contains(task.id()))
                .toList();
        ServiceDefinition d = before.definition();
        int left = d.instances() - (before.tasks().size() - tasks.size());
        apps.put(service, new App(new ServiceDefinition(d.key(), d.manifest(), d.version(), d.digest(), left), tasks));
        listeners.forEach(Runnable::run);
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private List<Task> filled(List<Task> tasks, ServiceDefinition definition) {
        List<Task> filled = new ArrayList<>(tasks);
        while (filled.stream().filter(Task::current).count() < definition.instances()) {
            number++;
            filled.add(new Task(prefix + number, "127.0.0.1", 20_000 + number, Health.UNHEALTHY, true));
        }
        return List.copyOf(filled);
    }

    private void checkAvailable() throws Unavailable {
        if (!available) {
            throw new Unavailable("the fake is switched off");
        }
    }

    private static void checkFree(App app, Overtake overtake) throws Busy {
        if (app != null && isChanging(app) && overtake == Overtake.WAIT) {
            throw new Busy("still changing " + app.definition().key());
        }
    }

    private static boolean isChanging(App app) {
        return app.tasks().size() != app.definition().instances()
                || app.tasks().stream().anyMatch(task -> !task.healthy() || !task.current());
    }

    private static boolean isBroken(ServiceDefinition definition) {
        return "1".equals(definition.manifest().env().get("FAIL_HEALTH"));
    }
}
