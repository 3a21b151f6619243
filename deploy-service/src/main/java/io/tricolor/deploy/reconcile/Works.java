package io.tricolor.deploy.reconcile;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of work, one at a time for each key. The executor decides how many run at once. A piece of work that rests on
 * what was seen before
 * the last one of its key ended is left out: what it saw may be out of date.
 */
final class Works {

    private final Executor executor;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final Set<String> leftOut = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> ended = new ConcurrentHashMap<>();
    private volatile @Nullable Runnable listener;

    Works(Executor executor) {
        this.executor = executor;
    }

    /** On virtual threads, so many at once. */
    static Executor atMost(int count) {
        Semaphore places = new Semaphore(count, true);
        return work -> Thread.ofVirtual().name("reconcile").start(() -> {
            places.acquireUninterruptibly();
            try {
                work.run();
            } finally {
                places.release();
            }
        });
    }

    /** Calls {@code wake} when a key is free again that was left out meanwhile. */
    void onLeftOut(Runnable wake) {
        listener = wake;
    }

    /**
     * Does the work, unless the last one of this key has not ended, or ended after what this one rests on was seen.
     *
     * @param seenNanos when it was seen, of the nanosecond clock
     */
    void begin(String key, long seenNanos, Runnable work) {
        Long before = ended.get(key);
        if ((before != null && before - seenNanos > 0) || !underWay.add(key)) {
            leftOut.add(key);
            return;
        }
        executor.execute(() -> {
            try {
                work.run();
            } finally {
                ended.put(key, System.nanoTime());
                underWay.remove(key);
                Runnable wake = listener;
                if (leftOut.remove(key) && wake != null) {
                    wake.run();
                }
            }
        });
    }

    /** Waits until nothing is under way, at most so long; whether that came about. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!underWay.isEmpty()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }
}
