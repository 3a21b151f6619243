package io.tricolor.monitor.health.watch;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.monitor.health.domain.RecordSightings;
import io.tricolor.monitor.health.domain.Sighting;
import io.tricolor.monitor.health.domain.Streak;
import io.tricolor.monitor.health.query.HealthView;
import io.tricolor.monitor.health.query.HealthViews;
import io.tricolor.monitor.registry.Consul;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.registry.Registration;
import io.tricolor.monitor.registry.Rounds;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks at everything that is registered, round after round, and records what it saw. What was there once and is gone, and everything while
 * the registry cannot be read, is UNKNOWN: no data is never taken for UP.
 */
@Component
class HealthWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);
    private static final int PAGE = 1000;
    private static final CommandContext CONTEXT = CommandContext.ofService("monitor-service", null, null);

    private static final Gauge SUBJECTS = Gauge.build(
                    "tricolor_monitor_subjects", "Subjects by the status that was last recorded")
            .labelNames("status")
            .register();
    private static final Gauge SUBJECT_UP = Gauge.build(
                    "tricolor_monitor_service_up", "1 when the suite's service was last recorded as UP")
            .labelNames("service", "address")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_monitor_registry_failures_total", "Rounds in which the registry could not be read")
            .register();

    private final Consul consul;
    private final ActuatorProbe probe;
    private final Commands commands;
    private final HealthViews views;
    private final MonitorProperties properties;
    private final InstantSource clock;
    private final Map<String, Streak> streaks = new HashMap<>();
    private final Map<String, HealthStatus> recorded = new HashMap<>();
    private boolean loaded;
    private @Nullable Rounds rounds;

    HealthWatch(
            Consul consul,
            ActuatorProbe probe,
            Commands commands,
            HealthViews views,
            MonitorProperties properties,
            InstantSource clock) {
        this.consul = consul;
        this.probe = probe;
        this.commands = commands;
        this.views = views;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public void start() {
        rounds = Rounds.start("health-watch", properties.interval(), this::round);
    }

    @Override
    public void stop() {
        if (rounds != null) {
            rounds.stop();
            rounds = null;
        }
    }

    @Override
    public boolean isRunning() {
        return rounds != null;
    }

    private void round() throws InterruptedException {
        loadOnce();
        Map<String, Sighting> seen = look();
        recorded.keySet().stream()
                .filter(subject -> !seen.containsKey(subject))
                .toList()
                .forEach(subject -> seen.put(subject, unknown("not registered any more")));
        seen.forEach(this::record);
        countSubjects();
    }

    /** After a restart, subjects that vanished meanwhile must still be noticed. */
    private void loadOnce() {
        if (loaded) {
            return;
        }
        String after = null;
        List<HealthView> page;
        do {
            page = views.list(null, "", after, PAGE);
            page.forEach(view -> recorded.put(view.subjectId(), view.status()));
            after = page.isEmpty() ? null : page.getLast().subjectId();
        } while (page.size() == PAGE);
        loaded = true;
    }

    private Map<String, Sighting> look() throws InterruptedException {
        List<Registration> registrations;
        try {
            registrations = consul.registrations();
        } catch (IOException e) {
            FAILURES.inc();
            log.debug("the registry cannot be read", e);
            Map<String, Sighting> nothing = new TreeMap<>();
            recorded.keySet().forEach(subject -> nothing.put(subject, unknown("the registry cannot be read")));
            return nothing;
        }
        Map<String, Sighting> seen = new TreeMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<String, Future<Sighting>> pending = new TreeMap<>();
            registrations.forEach(registration ->
                    pending.put(registration.subjectId(), threads.submit(() -> probe.look(registration))));
            for (Map.Entry<String, Future<Sighting>> subject : pending.entrySet()) {
                seen.put(subject.getKey(), finished(subject.getValue()));
            }
        }
        return seen;
    }

    private static Sighting finished(Future<Sighting> look) throws InterruptedException {
        try {
            return look.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a look failed", e.getCause());
        }
    }

    private void record(String subject, Sighting sighting) {
        Streak before = streaks.get(subject);
        Streak streak = before == null ? Streak.of(sighting.status()) : before.then(sighting.status());
        streaks.put(subject, streak);
        if (streak.length() >= properties.equalSightings() && recorded.get(subject) != sighting.status()) {
            HealthStatus now = commands.sendAndWait(
                    new RecordSightings(
                            subject,
                            sighting.status(),
                            streak.length(),
                            properties.equalSightings(),
                            sighting.details(),
                            clock.instant()),
                    CONTEXT);
            recorded.put(subject, now);
            log.info("{} is {} {}", subject, now, sighting.details());
        }
    }

    private void countSubjects() {
        Map<HealthStatus, Integer> counts = new HashMap<>();
        recorded.forEach((subject, status) -> {
            counts.merge(status, 1, Integer::sum);
            String[] parts = subject.split("/", -1);
            if (parts.length == 3 && parts[0].equals("service")) {
                SUBJECT_UP.labels(parts[1], parts[2]).set(status == HealthStatus.UP ? 1 : 0);
            }
        });
        for (HealthStatus status : HealthStatus.values()) {
            SUBJECTS.labels(status.name()).set(counts.getOrDefault(status, 0));
        }
    }

    private static Sighting unknown(String why) {
        SortedMap<String, String> details = new TreeMap<>();
        details.put("reason", why);
        return new Sighting(HealthStatus.UNKNOWN, details);
    }
}
