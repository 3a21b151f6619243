package io.tricolor.strategy.stream;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.query.GroupScanner;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Feeds all listeners of this instance from one reading of what is new, whichever instance has stored it. Each listener
 * has a position of its own and takes at its own pace: from the newest events, which are kept for all together, or page
 * by page from the store where it is further behind. So a slow listener costs nobody anything, and nothing is lost or
 * told twice by where or how often one connects.
 */
@Component
class EventFeed implements SmartLifecycle {

    /** Events that are kept for all listeners. */
    static final int KEPT = 2_000;

    static final int PAGE = 500;

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration TICK = Duration.ofSeconds(1);

    private static final Gauge LISTENERS = Gauge.build(
                    "tricolor_stream_listeners", "Listeners of the live stream of this instance")
            .register();
    private static final Counter ENDED = Counter.build(
                    "tricolor_stream_ends_total", "Streams that this instance has ended")
            .labelNames("reason")
            .register();

    private final EventSource source;
    private final Flux<?> occasions;
    private final InstantSource clock;
    private final StreamProperties properties;
    private final Loop loop;
    private final Set<StreamListener> listeners = ConcurrentHashMap.newKeySet();

    private final Deque<StreamedEvent> newest = new ArrayDeque<>();

    /** All events after this position, up to {@link #head}, are in {@link #newest}. */
    private long newestAfter;

    private long head;

    private @Nullable Disposable news;
    private @Nullable Disposable ticks;
    private volatile boolean running;

    @Autowired
    EventFeed(
            EventSource source,
            GroupScanner scanner,
            ProgressWatch watch,
            InstantSource clock,
            StreamProperties properties) {
        this(source, scanner.positions(), watch, clock, properties);
    }

    /** {@code occasions}: whenever it is worth while to look. */
    EventFeed(
            EventSource source,
            Flux<?> occasions,
            ProgressWatch watch,
            InstantSource clock,
            StreamProperties properties) {
        this.source = source;
        this.occasions = occasions;
        this.clock = clock;
        this.properties = properties;
        this.loop = Loop.named("event-stream", this::read)
                .every(INTERVAL)
                .auxiliary()
                .build(watch);
        for (StreamListener.End end : StreamListener.End.values()) {
            ENDED.labels(end.reason());
        }
    }

    /**
     * The stream for one listener, from a position on (exclusive), without it from now on.
     *
     * @param groups whose events; empty: of all
     * @param expires when the listener's token does
     */
    Flux<ServerSentEvent<Object>> stream(@Nullable Long after, Set<String> groups, @Nullable Instant expires) {
        return RequestSteps.blocking("position", source::head)
                .flatMapMany(now -> Flux.create(sink -> {
                    // A position that is not there yet: of another store, for example one that was restored since.
                    boolean reset = after != null && after > now;
                    long from = after == null || reset ? now : after;
                    StreamListener listener = new StreamListener(sink, this, groups, from, expires);
                    if (!running) {
                        sink.error(new Rejected(Code.UPSTREAM_UNAVAILABLE, "this instance stops"));
                        return;
                    }
                    if (listeners.size() >= properties.clients()) {
                        sink.error(new Rejected(
                                Code.TOO_MANY_REQUESTS,
                                "this instance has as many listeners as it takes, " + properties.clients()));
                        return;
                    }
                    listeners.add(listener);
                    LISTENERS.set(listeners.size());
                    sink.onDispose(() -> {
                        listeners.remove(listener);
                        LISTENERS.set(listeners.size());
                    });
                    listener.begin(now, reset, clock.instant());
                    sink.onRequest(more -> listener.drain());
                    loop.wake();
                }));
    }

    /**
     * What a listener at a position is to get next: nothing when it has everything, an empty answer when that has to be
     * read from the store.
     */
    synchronized Next next(long position) {
        if (position >= head) {
            return new Next(true, Optional.empty());
        }
        if (position < newestAfter) {
            return new Next(false, Optional.empty());
        }
        Deque<StreamedEvent> page = new ArrayDeque<>();
        for (Iterator<StreamedEvent> all = newest.descendingIterator(); all.hasNext(); ) {
            StreamedEvent event = all.next();
            if (event.position() <= position) {
                break;
            }
            page.addFirst(event);
        }
        return new Next(false, Optional.of(new EventPage(head, List.copyOf(page), true)));
    }

    /**
     * The answer to a listener.
     *
     * @param upToDate it has everything
     * @param page empty although it has not: it is to read the store itself
     */
    record Next(boolean upToDate, Optional<EventPage> page) {}

    EventSource source() {
        return source;
    }

    StreamProperties properties() {
        return properties;
    }

    InstantSource clock() {
        return clock;
    }

    void ended(StreamListener.End why) {
        ENDED.labels(why.reason()).inc();
    }

    /** Takes in what is new, for all listeners together; without listeners it is not read. */
    void read() {
        if (listeners.isEmpty()) {
            long now = source.head();
            synchronized (this) {
                newest.clear();
                newestAfter = now;
                head = now;
            }
        } else {
            EventPage page;
            do {
                page = source.after(position(), PAGE);
                take(page);
            } while (!page.complete());
        }
        listeners.forEach(StreamListener::drain);
    }

    private synchronized long position() {
        return head;
    }

    private synchronized void take(EventPage page) {
        newest.addAll(page.events());
        head = page.upTo();
        while (newest.size() > KEPT) {
            newestAfter = newest.removeFirst().position();
        }
    }

    /** Pings, and cuts who takes nothing or may no longer. */
    void tick() {
        Instant now = clock.instant();
        listeners.forEach(listener -> listener.tick(now));
    }

    @Override
    public void start() {
        running = true;
        news = occasions.subscribe(occasion -> loop.wake());
        ticks = Flux.interval(TICK, Schedulers.parallel()).onBackpressureDrop().subscribe(tick -> tick());
        loop.start();
    }

    /** Before the web server, which waits for the end of requests. */
    @Override
    public void stop() {
        running = false;
        if (news != null) {
            news.dispose();
        }
        if (ticks != null) {
            ticks.dispose();
        }
        loop.stop();
        listeners.forEach(listener -> listener.end(StreamListener.End.SHUTDOWN));
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
