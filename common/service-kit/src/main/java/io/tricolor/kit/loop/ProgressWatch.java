package io.tricolor.kit.loop;

import io.prometheus.client.Gauge;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Knows everything in a service that works all the time: loops, the relay, consumers, processors. When a vital one of
 * them stands still for longer than the limit although it has work to do, the service's health is DOWN and says where
 * it stands and why.
 */
public final class ProgressWatch implements HealthIndicator {

    /** How long something may stand still by default. */
    public static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(ProgressWatch.class);

    private static final Gauge STANDSTILL = Gauge.build(
                    "tricolor_standstill_seconds",
                    "How long something has stood still although it has work to do, 0 while it moves")
            .labelNames("what")
            .register();

    private final Duration limit;
    private final LongSupplier nanoTime;
    private final List<Progress> watched = new CopyOnWriteArrayList<>();
    private final Map<Progress, Boolean> complained = new ConcurrentHashMap<>();

    /** With a limit above zero. */
    public ProgressWatch(Duration limit) {
        this(limit, System::nanoTime);
    }

    ProgressWatch(Duration limit, LongSupplier nanoTime) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("tricolor.progress.limit must be above 0, not " + limit);
        }
        this.limit = limit;
        this.nanoTime = nanoTime;
    }

    /**
     * Watches one more thing, which is idle at first.
     *
     * @param what its name in health and metrics, for example {@code kafka-relay}
     * @param position where it is, asked only when it stands still; may block and may fail
     */
    public Progress watch(String what, Progress.Weight weight, Supplier<String> position) {
        Progress progress = new Progress(what, weight, position, nanoTime);
        watched.add(progress);
        STANDSTILL.setChild(
                new Gauge.Child() {
                    @Override
                    public double get() {
                        return progress.standsStill().toMillis() / 1000.0;
                    }
                },
                what);
        return progress;
    }

    /** Watches it no longer. */
    public void forget(Progress progress) {
        watched.remove(progress);
        complained.remove(progress);
        STANDSTILL.remove(progress.what());
    }

    @Override
    public Health health() {
        Map<String, Object> stuck = new TreeMap<>();
        boolean down = false;
        for (Progress progress : watched) {
            if (progress.standsStill().compareTo(limit) < 0) {
                if (complained.remove(progress) != null) {
                    log.info("{} goes on", progress.what());
                }
                continue;
            }
            String description = progress.describe();
            stuck.put(progress.what(), description);
            down |= progress.weight() == Progress.Weight.VITAL;
            if (complained.put(progress, true) == null) {
                log.warn("{} {}", progress.what(), description);
            }
        }
        Health.Builder health = down ? Health.down() : Health.up();
        return health.withDetail("watched", watched.size())
                .withDetail("degraded", !stuck.isEmpty())
                .withDetails(stuck)
                .build();
    }
}
