package io.tricolor.consul;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Those who wait for a change. Only whom a change concerns is woken. */
final class Watches {
    /** One who waits. To be opened before the state is read, so that no change falls between. */
    final class Watch implements AutoCloseable {
        private final Topic topic;
        private final Semaphore signals = new Semaphore(0);

        private Watch(Topic topic) {
            this.topic = topic;
        }

        /** Waits for the next signal, at most so long. */
        void await(long nanos) throws InterruptedException {
            if (signals.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                signals.drainPermits();
                wakeups.increment();
            }
        }

        @Override
        public void close() {
            byTopic.computeIfPresent(topic, (t, watches) -> {
                watches.remove(this);
                return watches.isEmpty() ? null : watches;
            });
        }
    }

    private final Map<Topic, Set<Watch>> byTopic = new ConcurrentHashMap<>();
    private final LongAdder wakeups = new LongAdder();

    Watch open(Topic topic) {
        Watch watch = new Watch(topic);
        byTopic.compute(topic, (t, watches) -> {
            Set<Watch> all = watches == null ? ConcurrentHashMap.newKeySet() : watches;
            all.add(watch);
            return all;
        });
        return watch;
    }

    void signal(Collection<Topic> touched) {
        for (Topic topic : touched) {
            wake(topic);
            if (topic instanceof Topic.Key key) {
                for (Topic waitedFor : byTopic.keySet()) {
                    if (waitedFor instanceof Topic.Prefix prefix && key.key().startsWith(prefix.prefix())) {
                        wake(prefix);
                    }
                }
            }
        }
    }

    /** How many wait now. */
    long waiting() {
        return byTopic.values().stream().mapToLong(Set::size).sum();
    }

    /** How often somebody was woken so far. */
    long wakeups() {
        return wakeups.sum();
    }

    private void wake(Topic topic) {
        for (Watch watch : byTopic.getOrDefault(topic, Set.of())) {
            watch.signals.release();
        }
    }
}
