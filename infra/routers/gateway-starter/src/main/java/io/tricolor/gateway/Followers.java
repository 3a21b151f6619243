package io.tricolor.gateway;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Virtual threads, at most one for each key, each of which follows something until it is done, cancelled or all are stopped. */
final class Followers<K> {

    private static final Logger log = LoggerFactory.getLogger(Followers.class);

    private final ExecutorService threads;
    private final ConcurrentMap<K, Follower> running = new ConcurrentHashMap<>();

    Followers(String name) {
        threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(name + "-", 0).factory());
    }

    /** What a follower does; it ends by returning or by interruption. */
    @FunctionalInterface
    interface Body {
        void run() throws InterruptedException;
    }

    /** Starts a follower unless the key has one, or all have been stopped. */
    void start(K key, Body body) {
        if (threads.isShutdown()) {
            return;
        }
        Follower follower = new Follower(key, body);
        if (running.putIfAbsent(key, follower) == null) {
            threads.execute(follower);
        }
    }

    /** Ends the followers of all other keys. */
    void retain(Set<K> keys) {
        running.forEach((key, follower) -> {
            if (!keys.contains(key)) {
                follower.cancel(true);
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

    private final class Follower extends FutureTask<Void> {

        private final K key;

        Follower(K key, Body body) {
            super(() -> {
                body.run();
                return null;
            });
            this.key = key;
        }

        @Override
        protected void done() {
            running.remove(key, this);
        }

        @Override
        protected void setException(Throwable failure) {
            super.setException(failure);
            if (!(failure instanceof InterruptedException)) {
                log.error("the follower of {} ended", key, failure);
            }
        }
    }
}
