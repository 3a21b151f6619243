package io.tricolor.monitor.load.watch;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.health.watch.Lease;
import io.tricolor.monitor.load.domain.InstanceReading;
import io.tricolor.monitor.load.domain.LoadReading;
import io.tricolor.monitor.registry.Consul;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.registry.Registration;
import io.tricolor.monitor.router.RouterPages;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Reads, round after round, what routers counted and what instances used, while this instance has the {@link Lease},
 * and says what the difference to the last reading is. The last reading is kept in memory alone: after a restart one
 * measurement is missing.
 */
@Component
class LoadWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(LoadWatch.class);

    private static final Pattern CPU = Pattern.compile("(?m)^process_cpu_seconds_total\\s+(\\S+)");
    private static final int AT_ONCE = 64;

    private static final Gauge SERVICES = Gauge.build(
                    "tricolor_monitor_load_services", "Services of groups whose load is observed")
            .register();
    private static final Counter READINGS = Counter.build(
                    "tricolor_monitor_load_readings_total", "Readings of routers and instances for load, by outcome")
            .labelNames("of", "outcome")
            .register();
    private static final Counter UNSENT = Counter.build(
                    "tricolor_monitor_load_observations_unsent_total", "Observations of load that did not reach Kafka")
            .register();

    private final LoadRequests requests;
    private final RouterPages routers;
    private final Consul consul;
    private final Outgoing outgoing;
    private final MessagePublisher messages;
    private final InstantSource clock;
    private final Lease lease;
    private final Loop loop;
    private @Nullable LoadReading last;

    LoadWatch(
            LoadRequests requests,
            RouterPages routers,
            Consul consul,
            Outgoing outgoing,
            MessagePublisher messages,
            LoadProperties properties,
            InstantSource clock,
            Lease lease,
            ProgressWatch watch) {
        this.requests = requests;
        this.routers = routers;
        this.consul = consul;
        this.outgoing = outgoing;
        this.messages = messages;
        this.clock = clock;
        this.lease = lease;
        this.loop = Loop.named("load-watch", this::round)
                .every(properties.interval())
                .auxiliary()
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
        List<ObserveLoad> wanted = lease.isHeld() ? requests.all() : List.of();
        SERVICES.set(wanted.stream().mapToInt(each -> each.services().size()).sum());
        if (wanted.isEmpty()) {
            last = null;
            return;
        }
        LoadReading before = last;
        LoadReading now;
        try {
            now = read(wanted.stream()
                    .collect(Collectors.toMap(ObserveLoad::groupId, each -> Set.copyOf(each.services()))));
        } catch (IOException e) {
            // The reading before stays: the next one tells of all the time in between.
            READINGS.labels("registry", "failed").inc();
            log.debug("the registry cannot be read", e);
            return;
        }
        last = now;
        if (before != null) {
            wanted.forEach(
                    each -> now.since(before, each.groupId(), each.services()).forEach(this::say));
        }
    }

    private void say(LoadObserved observed) {
        var published = messages.publish(Topics.MONITOR_OBSERVATIONS, observed.groupId(), observed)
                .exceptionally(failure -> {
                    UNSENT.inc();
                    log.debug("an observation of load did not reach Kafka", failure);
                    return null;
                });
        log.trace("said {}, acknowledged: {}", observed, published.isDone());
    }

    private LoadReading read(Map<String, Set<String>> wanted) throws IOException, InterruptedException {
        Instant at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        List<Registration> registered = consul.registrations().stream()
                .filter(each -> each.passing()
                        && each.isOfGroup()
                        && wanted.getOrDefault(each.meta().get(Registration.GROUP), Set.of())
                                .contains(each.meta().getOrDefault(Registration.SERVICE, "")))
                .toList();
        List<InstanceReading> instances = new ArrayList<>();
        try (ExecutorService threads =
                Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            RouterPages.Asked asked = routers.ask(
                    threads,
                    router -> true,
                    text -> RouterCounters.read(text, wanted.keySet()),
                    outcome -> READINGS.labels("router", outcome).inc());
            List<Future<InstanceReading>> answers = registered.stream()
                    .map(each -> threads.submit(() -> instance(each)))
                    .toList();
            RouterPages.Pages read = asked.await();
            for (Future<InstanceReading> answer : answers) {
                instances.add(RouterPages.finished(answer));
            }
            return new LoadReading(at, read.known(), read.pages(), read.unread(), instances);
        }
    }

    private InstanceReading instance(Registration registration) throws InterruptedException {
        String path = registration.meta().get(Registration.METRICS_PATH);
        Page page = path == null ? new Page(null, "") : page(registration.address(), path);
        Double used = page.text() == null ? null : cpuSeconds(page.text());
        return new InstanceReading(
                registration.meta().getOrDefault(Registration.GROUP, ""),
                registration.meta().getOrDefault(Registration.CLUSTER, ""),
                registration.meta().getOrDefault(Registration.SERVICE, ""),
                registration.id(),
                used,
                page.text() != null && used == null ? "has no process_cpu_seconds_total" : page.failure());
    }

    private static @Nullable Double cpuSeconds(String page) {
        Matcher found = CPU.matcher(page);
        try {
            return found.find() ? Double.valueOf(found.group(1)) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A page, or why there is none. */
    private record Page(@Nullable String text, String failure) {}

    private Page page(String address, String path) throws InterruptedException {
        String failure;
        try {
            HttpAnswer answer = outgoing.getReported(address, path);
            if (answer.isOk()) {
                READINGS.labels("instance", "read").inc();
                return new Page(answer.text(), "");
            }
            failure = "answered " + answer.status();
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        READINGS.labels("instance", "failed").inc();
        return new Page(null, failure);
    }
}
