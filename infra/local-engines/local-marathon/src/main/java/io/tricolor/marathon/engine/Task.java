package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import io.tricolor.marathon.plan.Health;
import io.tricolor.marathon.plan.Victims;
import io.tricolor.marathon.task.ProcessIdentity;
import io.tricolor.marathon.task.ReadinessProbe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One instance of an app. Belongs to the engine's thread. */
final class Task {

    /** One health check of the task and when it is made next. */
    static final class Check {
        final HealthCheck definition;
        Health health;
        Instant nextAt;
        boolean running;

        Check(HealthCheck definition, Health health, Instant nextAt) {
            this.definition = definition;
            this.health = health;
            this.nextAt = nextAt;
        }
    }

    /** Whether a task is ready, and what it said last. A task that was ready once is not asked again. */
    static final class Readiness {
        boolean ready;
        boolean running;
        Instant nextAt = Instant.EPOCH;

        ReadinessProbe.@Nullable Response last;
    }

    final String id;
    final App app;
    final List<Integer> ports;
    final Instant stagedAt;
    final List<Check> checks = new ArrayList<>();
    TaskState state = TaskState.STAGING;

    @Nullable
    ProcessIdentity process;

    @Nullable
    Process child;

    @Nullable
    Instant startedAt;

    @Nullable
    Instant killAt;

    boolean reportedHealthy;

    /** What it said of being ready; it is asked while a deployment waits for it. */
    final Readiness readiness = new Readiness();

    Task(String id, App app, List<Integer> ports, Instant stagedAt) {
        this.id = id;
        this.app = app;
        this.ports = List.copyOf(ports);
        this.stagedAt = stagedAt;
    }

    String appId() {
        return app.id();
    }

    String instanceId() {
        return id.substring(0, id.indexOf("._app"));
    }

    boolean isEnding() {
        return state == TaskState.KILLING;
    }

    /** Runs and passes all its checks; without checks, running is enough. */
    boolean isHealthy() {
        return state == TaskState.RUNNING && checks.stream().allMatch(check -> check.health.alive());
    }

    /** Healthy, and ready where it has to say so; what a deployment waits for. */
    boolean isServing() {
        return isHealthy() && (app.definition().readinessCheck() == null || readiness.ready);
    }

    boolean isOf(App current) {
        return app.lastConfigChangeAt().equals(current.lastConfigChangeAt());
    }

    Instant since() {
        return Objects.requireNonNullElse(startedAt, stagedAt);
    }

    Victims.Candidate asCandidate() {
        Victims.Progress progress = state == TaskState.STAGING
                ? Victims.Progress.STAGING
                : isHealthy() ? Victims.Progress.HEALTHY : Victims.Progress.UNHEALTHY;
        return new Victims.Candidate(id, progress, since());
    }

    /** Makes a running task's checks; {@code known} holds their last results by position, fewer when there are none. */
    void installChecks(List<Health> known, Instant now, boolean atOnce) {
        checks.clear();
        for (int i = 0; i < app.definition().healthChecks().size(); i++) {
            HealthCheck definition = app.definition().healthChecks().get(i);
            long first = Math.min(definition.interval().toMillis(), 5_000);
            checks.add(new Check(
                    definition,
                    i < known.size() ? known.get(i) : Health.UNKNOWN,
                    atOnce ? now : now.plusMillis(first)));
        }
    }
}
