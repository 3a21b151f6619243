package io.tricolor.monitor.traffic.watch;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.drain.watch.DrainWatch;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.traffic.domain.TrafficMeter;
import io.tricolor.monitor.traffic.domain.TrafficMeter.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
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

    private final DrainWatch routers;
    private final Outgoing outgoing;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private TrafficMeter meter = new TrafficMeter(WINDOW);
    private List<String> unread = List.of();
    private boolean isKnown;
    private int read;

    TrafficWatch(DrainWatch routers, Outgoing outgoing, InstantSource clock) {
        this.routers = routers;
        this.outgoing = outgoing;
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

    private record Scrape(String router, @Nullable RouterCounters page, String failure) {}

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
        List<KnownRouter> known = routers.routers().orElse(null);
        isKnown = known != null;
        Map<String, RouterCounters> pages = new HashMap<>();
        List<String> failures = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SortedMap<String, Future<Scrape>> pending = new TreeMap<>();
            for (KnownRouter router : known == null ? List.<KnownRouter>of() : known) {
                String id = router.report().routerId();
                String address = router.report().address();
                names.add(id);
                if (address == null) {
                    failures.add(id + " gives no address");
                } else if (!router.silent()) {
                    pending.put(id, threads.submit(() -> scrape(id, address)));
                }
            }
            for (Future<Scrape> each : pending.values()) {
                Scrape scrape = finished(each);
                if (scrape.page() == null) {
                    failures.add(scrape.router() + ": " + scrape.failure());
                } else {
                    pages.put(scrape.router(), scrape.page());
                }
            }
        }
        if (known != null) {
            meter.keepOnly(names);
        }
        meter.take(pages, clock.instant());
        read = pages.size();
        unread = List.copyOf(failures);
    }

    private Scrape scrape(String router, String address) throws InterruptedException {
        try {
            HttpAnswer answer = outgoing.getMetricsOfRouter(address);
            return answer.isOk()
                    ? new Scrape(router, RouterCounters.read(answer.text()), "")
                    : new Scrape(router, null, "answered " + answer.status());
        } catch (IOException e) {
            return new Scrape(router, null, String.valueOf(e.getMessage()));
        }
    }

    private static Scrape finished(Future<Scrape> scrape) throws InterruptedException {
        try {
            return scrape.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reading failed", e.getCause());
        }
    }
}
