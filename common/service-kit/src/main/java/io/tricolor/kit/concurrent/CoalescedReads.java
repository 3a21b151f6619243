package io.tricolor.kit.concurrent;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads that are asked for while another one runs are made together, in one call, as soon as that has ended. Each
 * begins after it was asked for, so that its answer is as new as that of a call of its own. There is no thread for it:
 * one of those who ask reads for all who wait. Blocking; safe for use by many threads.
 *
 * @param <K> what is asked for
 * @param <V> what is answered
 */
public final class CoalescedReads<K, V> {

    private final Function<Set<K>, Map<K, V>> read;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private Round<K, V> next = new Round<>();
    private boolean reading;

    /** All that is read in one call. */
    private static final class Round<K, V> {
        private final Set<K> keys = new HashSet<>();
        private int askers;
        private boolean done;
        private @Nullable Map<K, V> answer;
    }

    /**
     * Reads by a function.
     *
     * @param read answers the values of the keys that have one; called by one thread at a time, unless a call for
     *     several askers has failed: then each asks by itself, so that one that fails fails alone
     */
    public CoalescedReads(Function<Set<K>, Map<K, V>> read) {
        this.read = read;
    }

    /** What is there for a key now; null when there is nothing. Throws what the function throws for it. */
    public @Nullable V get(K key) {
        return get(Set.of(key)).get(key);
    }

    /** The same of several keys, without those for which there is nothing. There may be others too. */
    public Map<K, V> get(Collection<K> keys) {
        Round<K, V> round;
        lock.lock();
        try {
            round = next;
            round.keys.addAll(keys);
            round.askers++;
            while (reading && !round.done) {
                ended.awaitUninterruptibly();
            }
            if (!round.done) {
                reading = true;
                next = new Round<>();
            }
        } finally {
            lock.unlock();
        }
        if (!round.done) {
            lead(round);
        }
        Map<K, V> answer = round.answer;
        return answer == null ? read.apply(Set.copyOf(keys)) : answer;
    }

    private void lead(Round<K, V> round) {
        Map<K, V> answer = null;
        try {
            answer = read.apply(round.keys);
        } catch (RuntimeException e) {
            if (round.askers == 1) {
                throw e;
            }
        } finally {
            lock.lock();
            try {
                round.answer = answer;
                round.done = true;
                reading = false;
                ended.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
