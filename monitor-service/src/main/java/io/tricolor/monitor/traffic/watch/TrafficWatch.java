package io.tricolor.monitor.traffic.watch;

import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.router.RouterPages;
import io.tricolor.monitor.traffic.domain.TrafficMeter;
import io.tricolor.monitor.traffic.domain.TrafficMeter.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/**
 * Reads the routers' counters when somebody asks for traffic, and not more often than once in two seconds; nobody asks:
 * nothing is read. Each instance has readings of its own.
 */
@Component
public class TrafficWatch {

    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(2);
    private static final Duration WINDOW = Duration.ofSeconds(10);

    /** After so long the last reading says nothing of now. */
    private static final Duration FORGOTTEN = Duration.ofSeconds(60);

    private final RouterPages routers;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private TrafficMeter meter = new TrafficMeter(WINDOW);
    private List<String> unread = List.of();
    private boolean isKnown;
    private int read;

    TrafficWatch(RouterPages routers, InstantSource clock) {
        this.routers = routers;
        this.clock = clock;
    }

    /**
     * What the routers have counted lately.
     *
     * @param routers how many of them were read
     * @param unread those that could not be, with the reason
     * @param known whether it is known which routers there are
     */
    public record Measured(Traffic traffic, Instant at, int routers, List<String> unread, boolean known) {}

    /** Blocking. */
    public Measured measure() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Instant now = clock.instant();
            Instant before = meter.readAt();
            if (before != null && before.plus(FORGOTTEN).isBefore(now)) {
                meter = new TrafficMeter(WINDOW);
                before = null;
            }
            if (before == null || !now.isBefore(before.plus(AT_MOST_EVERY))) {
                readAll();
                before = clock.instant();
            }
            return new Measured(meter.traffic(), before, read, unread, isKnown);
        } finally {
            lock.unlock();
        }
    }

    private void readAll() throws InterruptedException {
        RouterPages.Pages pages;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            pages = routers.ask(threads, router -> !router.silent(), RouterCounters::read, outcome -> {})
                    .await();
        }
        isKnown = pages.known();
        if (isKnown) {
            meter.keepOnly(pages.names());
        }
        meter.take(pages.pages(), clock.instant());
        read = pages.pages().size();
        unread = List.copyOf(pages.unread());
    }
}
