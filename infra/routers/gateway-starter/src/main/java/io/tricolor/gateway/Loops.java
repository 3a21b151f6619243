package io.tricolor.gateway;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Virtual threads, at most one for each key, each of which repeats a turn until that is the last one, it is
 * cancelled, or all are
 * stopped. Nothing that a turn throws ends its loop: it is counted, and the next turn follows after a pause.
 */
final class Loops<K> {

    private static final Logger log = LoggerFactory.getLogger(Loops.class);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);

    private final String name;
    private final GatewayMetrics metrics;
    private final ExecutorService threads;
    private final ConcurrentMap<K, Running> running = new ConcurrentHashMap<>();

    Loops(String name, GatewayMetrics metrics) {
        this.name = name;
        this.metrics = metrics;
        threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(name + "-", 0).factory());
    }

    /** What a loop does once. */
    @FunctionalInterface
    interface Turn {
        /** How long to wait until the next; null: this was the last. */
        @Nullable
        Duration run() throws InterruptedException;
    }

    /** Starts a loop unless the key has one, or all have been stopped. */
    void start(K key, Turn turn) {
        if (threads.isShutdown()) {
            return;
        }
        Running loop = new Running(key, turn);
        if (running.putIfAbsent(key, loop) == null) {
            threads.execute(loop);
        }
    }

    /** Ends the loops of all other keys. */
    void retain(Set<K> keys) {
        running.forEach((key, loop) -> {
            if (!keys.contains(key)) {
                loop.cancel(true);
            }
        });
    }

    void stop(Duration patience) {
        threads.shutdownNow();
        try {
            threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void repeat(K key, Turn turn) throws InterruptedException {
        Duration pause = Duration.ZERO;
        while (pause != null && !Thread.currentThread().isInterrupted()) {
            Thread.sleep(pause);
            pause = attempt(key, turn);
        }
    }

    private @Nullable Duration attempt(K key, Turn turn) throws InterruptedException {
        try {
            return turn.run();
        } catch (RuntimeException | Error e) { // a loop that is gone helps nobody
            metrics.loopFailed(name);
            log.error("{} of {} failed and goes on", name, key, e);
            return AFTER_A_FAILURE;
        }
    }

    private final class Running extends FutureTask<Void> {

        private final K key;

        Running(K key, Turn turn) {
            super(() -> {
                repeat(key, turn);
                return null;
            });
            this.key = key;
        }

        @Override
        protected void done() {
            running.remove(key, this);
        }
    }
}
