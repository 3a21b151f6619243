package io.tricolor.config.kv;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.kit.eventstore.StoreNotifications;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;

/**
 * Wakes those who wait for a change of keys. One reading of what is new serves all of them; it begins when the event
 * store says that there is something, whichever instance has stored it, and ends when the read model has it.
 */
@Component
class Watchers implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final long SHORTEST_PAUSE_MILLIS = 2;
    private static final long LONGEST_PAUSE_MILLIS = 200;

    private static final Gauge WAITING = Gauge.build(
                    "tricolor_config_watchers", "Requests that wait for a change of configuration")
            .register();
    private static final Counter WOKEN = Counter.build(
                    "tricolor_config_wakeups_total", "Waiting requests that a change of configuration has woken")
            .register();

    private final Revisions revisions;
    private final StoreNotifications notifications;
    private final String label;
    private final Loop loop;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    private @Nullable Disposable news;
    private volatile boolean running;
    private volatile long position = -1;
    private long pauseMillis = SHORTEST_PAUSE_MILLIS;

    Watchers(Revisions revisions, StoreNotifications notifications, ProgressWatch watch, ConfigProperties properties) {
        this.revisions = revisions;
        this.notifications = notifications;
        this.label = properties.defaultLabel();
        this.loop = Loop.named("config-watchers", this::read)
                .every(INTERVAL)
                .position(() -> "position " + position)
                .build(watch);
    }

    /**
     * Somebody who waits.
     *
     * @param index position of the change that is known to who waits: one that is told late wakes nobody
     * @param woken has the position of the change; -1 when this instance stops
     */
    record Watch(String prefix, boolean exact, long index, CompletableFuture<Long> woken) {

        private boolean isFor(String folder, List<String> keys) {
            return (prefix.startsWith(folder) || folder.startsWith(prefix))
                    && keys.stream().anyMatch(key -> KeyValues.matches(folder + key, prefix, exact));
        }

        /** Each waits for itself. */
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** Begins to wait; to be followed by a look at the keys, since what was before is not told. */
    Watch add(String prefix, boolean exact, long index) {
        Watch watch = new Watch(prefix, exact, index, new CompletableFuture<>());
        watches.add(watch);
        WAITING.inc();
        if (!running) {
            watch.woken().complete(-1L);
        }
        return watch;
    }

    /** Calls somebody whenever the read model has something new. Must not block. */
    void whenChanged(Runnable listener) {
        listeners.add(listener);
    }

    /** Ends waiting. */
    void remove(Watch watch) {
        if (watches.remove(watch)) {
            WAITING.dec();
        }
    }

    private void read() throws InterruptedException {
        if (position < 0) {
            position = revisions.newestPosition();
        }
        List<Revisions.Change> changes = revisions.changesAfter(position);
        for (Revisions.Change change : changes) {
            position = change.position();
            NamespaceId namespace = NamespaceId.of(change.namespace());
            if (namespace.label().equals(label) && !change.keys().isEmpty()) {
                wake(KeyValues.folder(namespace), change.keys(), change.position());
            }
        }
        if (!changes.isEmpty()) {
            listeners.forEach(Runnable::run);
        }
        if (position < revisions.newestStored()) {
            Thread.sleep(pauseMillis);
            pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
            loop.wake();
        } else {
            pauseMillis = SHORTEST_PAUSE_MILLIS;
        }
    }

    private void wake(String folder, List<String> keys, long at) {
        for (Watch watch : watches) {
            if (at > watch.index() && watch.isFor(folder, keys) && watch.woken().complete(at)) {
                WOKEN.inc();
            }
        }
    }

    @Override
    public void start() {
        running = true;
        loop.start();
        news = notifications.heads().subscribe(head -> loop.wake());
    }

    /** Before the web server, which would wait for those who wait. */
    @Override
    public void stop() {
        running = false;
        if (news != null) {
            news.dispose();
        }
        loop.stop();
        watches.forEach(watch -> watch.woken().complete(-1L));
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
