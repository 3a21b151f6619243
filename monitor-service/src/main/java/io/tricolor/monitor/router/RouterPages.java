package io.tricolor.monitor.router;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.monitor.drain.watch.DrainWatch;
import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.registry.Outgoing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads what all known routers have counted, at the same time. */
@Component
public class RouterPages {

    private final DrainWatch routers;
    private final Outgoing outgoing;

    RouterPages(DrainWatch routers, Outgoing outgoing) {
        this.routers = routers;
        this.outgoing = outgoing;
    }

    /**
     * What was read.
     *
     * @param known whether it is known which routers there are
     * @param names of all that are known
     * @param pages by router, of those that answered
     * @param unread those that could not be read, with the reason
     */
    public record Pages(
            boolean known, Set<String> names, SortedMap<String, RouterCounters> pages, List<String> unread) {}

    /** Readings that are under way. */
    public static final class Asked {

        private final boolean known;
        private final Set<String> names = new HashSet<>();
        private final List<String> unread = new ArrayList<>();
        private final SortedMap<String, Future<Scrape>> pending = new TreeMap<>();

        private Asked(boolean known) {
            this.known = known;
        }

        /** Waits for all of them. */
        public Pages await() throws InterruptedException {
            SortedMap<String, RouterCounters> pages = new TreeMap<>();
            for (Map.Entry<String, Future<Scrape>> each : pending.entrySet()) {
                Scrape scrape = finished(each.getValue());
                if (scrape.page() == null) {
                    unread.add(each.getKey() + ": " + scrape.failure());
                } else {
                    pages.put(each.getKey(), scrape.page());
                }
            }
            return new Pages(known, names, pages, unread);
        }
    }

    private record Scrape(@Nullable RouterCounters page, String failure) {}

    /**
     * Begins to read.
     *
     * @param threads that wait for the answers
     * @param wanted which routers are read, of those that give an address
     * @param reader what it takes from a page
     * @param outcome is told of each reading: {@code read} or {@code failed}
     */
    public Asked ask(
            ExecutorService threads,
            Predicate<KnownRouter> wanted,
            Function<String, RouterCounters> reader,
            Consumer<String> outcome) {
        List<KnownRouter> known = routers.routers().orElse(null);
        Asked asked = new Asked(known != null);
        for (KnownRouter router : known == null ? List.<KnownRouter>of() : known) {
            String id = router.report().routerId();
            String address = router.report().address();
            asked.names.add(id);
            if (address == null) {
                asked.unread.add(id + " gives no address");
            } else if (wanted.test(router)) {
                asked.pending.put(id, threads.submit(() -> scrape(address, reader, outcome)));
            }
        }
        return asked;
    }

    private Scrape scrape(String address, Function<String, RouterCounters> reader, Consumer<String> outcome)
            throws InterruptedException {
        String failure;
        try {
            HttpAnswer answer = outgoing.getMetricsOfRouter(address);
            if (answer.isOk()) {
                outcome.accept("read");
                return new Scrape(reader.apply(answer.text()), "");
            }
            failure = "answered " + answer.status();
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        outcome.accept("failed");
        return new Scrape(null, failure);
    }

    /** What a reading gave; what fails in another way than by its answer is a fault of this program. */
    public static <T> T finished(Future<T> reading) throws InterruptedException {
        try {
            return reading.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reading failed", e.getCause());
        }
    }
}
