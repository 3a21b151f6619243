package io.tricolor.monitor.health.watch;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.monitor.health.domain.ForgetSubject;
import io.tricolor.monitor.health.domain.Observation;
import io.tricolor.monitor.health.domain.RecordObservation;
import io.tricolor.monitor.health.domain.Streak;
import io.tricolor.monitor.health.domain.SubjectState;
import io.tricolor.monitor.health.query.HealthView;
import io.tricolor.monitor.health.query.HealthViews;
import io.tricolor.monitor.registry.Consul;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.registry.Registration;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Observes everything that is registered, round after round, and records it, while this instance has the {@link Lease}.
 * What was there once and is gone is UNKNOWN, and forgotten when it stays away. A registry that does not answer, or
 * that names nothing at all, is one fact about the registry; nothing is concluded about the others.
 */
@Component
class HealthWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);
    private static final int PAGE = 1000;
    private static final int CALLS_AT_ONCE = 64;
    private static final CommandContext CONTEXT = CommandContext.ofService("monitor-service", null, null);

    private static final Gauge SUBJECTS = Gauge.build(
                    "tricolor_monitor_subjects",
                    "Subjects by status; all are UNKNOWN while the registry cannot be read")
            .labelNames("status")
            .register();
    private static final Gauge IGNORED = Gauge.build(
                    "tricolor_monitor_subjects_ignored",
                    "Registrations that are not observed, because there are too many")
            .register();
    private static final Gauge SUBJECT_UP = Gauge.build(
                    "tricolor_monitor_service_up",
                    "1 when the suite's service was last recorded as UP; none while the registry cannot be read")
            .labelNames("service", "address")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_monitor_registry_failures_total",
                    "Rounds in which the registry could not be read, or named nothing")
            .register();

    private final Consul consul;
    private final ActuatorProbe probe;
    private final Commands commands;
    private final HealthViews views;
    private final MonitorProperties properties;
    private final InstantSource clock;
    private final Lease lease;
    private final Loop loop;

    /** What this instance has observed in a row. No more than what is registered or known. */
    private final Map<String, Streak> streaks = new HashMap<>();

    /** Subjects that are known, with their state where this instance has asked for it. */
    private final Map<String, SubjectState> known = new HashMap<>();

    private boolean loaded;

    HealthWatch(
            Consul consul,
            ActuatorProbe probe,
            Commands commands,
            HealthViews views,
            MonitorProperties properties,
            InstantSource clock,
            Lease lease,
            ProgressWatch watch) {
        this.consul = consul;
        this.probe = probe;
        this.commands = commands;
        this.views = views;
        this.properties = properties;
        this.clock = clock;
        this.lease = lease;
        this.loop = Loop.named("health-watch", this::round)
                .every(properties.interval())
                .build(watch);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    private void round() throws InterruptedException {
        if (!lease.isHeld()) {
            standBy();
            return;
        }
        loadOnce();
        List<Registration> registrations;
        try {
            registrations = consul.registrations();
        } catch (IOException e) {
            log.debug("the registry cannot be read", e);
            seeNothing("cannot be read");
            return;
        }
        if (registrations.isEmpty()) {
            seeNothing("names nothing at all");
            return;
        }
        record(HealthViews.REGISTRY, new Observation(HealthStatus.UP, new TreeMap<>()));
        Map<String, Observation> observed = observe(registrations);
        known.keySet().stream()
                .filter(subject -> !observed.containsKey(subject) && !subject.equals(HealthViews.REGISTRY))
                .toList()
                .forEach(this::recordGone);
        observed.forEach(this::record);
        Set<String> kept = new HashSet<>(known.keySet());
        kept.addAll(observed.keySet());
        kept.add(HealthViews.REGISTRY);
        streaks.keySet().retainAll(kept);
        count(false);
    }

    /** Another instance observes: what this one remembers is soon not true any more. */
    private void standBy() {
        streaks.clear();
        known.clear();
        loaded = false;
        SUBJECTS.clear();
        SUBJECT_UP.clear();
    }

    private void seeNothing(String why) {
        FAILURES.inc();
        streaks.keySet().retainAll(Set.of(HealthViews.REGISTRY));
        record(HealthViews.REGISTRY, new Observation(HealthStatus.DOWN, new TreeMap<>(Map.of("reason", why))));
        count(true);
    }

    /**
     * After a restart, subjects that vanished meanwhile must still be noticed. Their state is what the event store
     * says, not the view.
     */
    private void loadOnce() {
        if (loaded) {
            return;
        }
        String after = null;
        List<HealthView> page;
        do {
            page = views.list(null, "", after, PAGE);
            page.forEach(view -> known.putIfAbsent(view.subjectId(), SubjectState.UNSEEN));
            after = page.isEmpty() ? null : page.getLast().subjectId();
        } while (page.size() == PAGE);
        loaded = true;
    }

    private Map<String, Observation> observe(List<Registration> registrations) throws InterruptedException {
        Map<String, Registration> bySubject = new TreeMap<>();
        int ignored = 0;
        int unknown = 0;
        for (Registration registration : registrations) {
            String subject = registration.subjectId();
            boolean first = !known.containsKey(subject) && !bySubject.containsKey(subject);
            if (first && known.size() + unknown >= properties.mostSubjects()) {
                ignored++;
            } else {
                bySubject.put(subject, registration);
                unknown += first ? 1 : 0;
            }
        }
        IGNORED.set(ignored);
        Map<String, Observation> observed = new TreeMap<>();
        Semaphore calls = new Semaphore(CALLS_AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<String, Future<Observation>> pending = new TreeMap<>();
            bySubject.forEach((subject, registration) -> pending.put(subject, threads.submit(() -> {
                calls.acquire();
                try {
                    return probe.observe(registration);
                } finally {
                    calls.release();
                }
            })));
            for (Map.Entry<String, Future<Observation>> subject : pending.entrySet()) {
                observed.put(subject.getKey(), finished(subject.getValue()));
            }
        }
        return observed;
    }

    private static Observation finished(Future<Observation> observation) throws InterruptedException {
        try {
            return observation.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an observation failed", e.getCause());
        }
    }

    private void record(String subject, Observation observation) {
        Streak before = streaks.get(subject);
        Streak streak = before == null ? Streak.of(observation.status()) : before.then(observation.status());
        streaks.put(subject, streak);
        SubjectState state = known.get(subject);
        boolean same = state != null && state.known() && state.status() == observation.status();
        if (streak.length() < properties.equalObservations() || same || !lease.isHeld()) {
            return;
        }
        SubjectState now = commands.sendAndWait(
                new RecordObservation(
                        subject,
                        observation.status(),
                        streak.length(),
                        properties.equalObservations(),
                        observation.details(),
                        clock.instant()),
                CONTEXT);
        if (now.known()) {
            known.put(subject, now);
            log.info("{} is {} {}", subject, now.status(), observation.details());
        } else {
            known.remove(subject);
        }
    }

    /** It is forgotten only by what the registry says in this round, not by what is remembered. */
    private void recordGone(String subject) {
        record(
                subject,
                new Observation(HealthStatus.UNKNOWN, new TreeMap<>(Map.of("reason", "not registered any more"))));
        SubjectState state = known.get(subject);
        if (state == null
                || !state.known()
                || state.status() != HealthStatus.UNKNOWN
                || state.since().plus(properties.forgetAfter()).isAfter(clock.instant())
                || !lease.isHeld()) {
            return;
        }
        SubjectState now = commands.sendAndWait(
                new ForgetSubject(subject, clock.instant().minus(properties.forgetAfter()), clock.instant()), CONTEXT);
        if (!now.known()) {
            known.remove(subject);
            streaks.remove(subject);
            log.info("{} is forgotten", subject);
        }
    }

    private void count(boolean blind) {
        SortedMap<HealthStatus, Integer> counts = new TreeMap<>();
        SUBJECT_UP.clear();
        known.forEach((subject, state) -> {
            boolean told = state.known() && (!blind || subject.equals(HealthViews.REGISTRY));
            counts.merge(told ? state.status() : HealthStatus.UNKNOWN, 1, Integer::sum);
            String[] parts = subject.split("/", -1);
            if (told && parts.length == 3 && parts[0].equals("service")) {
                SUBJECT_UP.labels(parts[1], parts[2]).set(state.status() == HealthStatus.UP ? 1 : 0);
            }
        });
        for (HealthStatus status : HealthStatus.values()) {
            SUBJECTS.labels(status.name()).set(counts.getOrDefault(status, 0));
        }
    }
}
