package io.tricolor.monitor.registry;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats a piece of work on a virtual thread of its own until it is stopped. */
public final class Rounds {

    /** One round. */
    @FunctionalInterface
    public interface Work {
        /** Does it; may block. */
        void run() throws InterruptedException;
    }

    private static final Logger log = LoggerFactory.getLogger(Rounds.class);

    private final Thread thread;
    private volatile boolean running = true;

    private Rounds(String name, Duration interval, Work work) {
        this.thread = Thread.ofVirtual().name(name).unstarted(() -> repeat(name, interval, work));
    }

    /** Starts at once; a round begins {@code interval} after the last one began, or when that has ended. */
    public static Rounds start(String name, Duration interval, Work work) {
        Rounds rounds = new Rounds(name, interval, work);
        rounds.thread.start();
        return rounds;
    }

    /** Ends the rounds, and waits for the one that runs. */
    public void stop() {
        running = false;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void repeat(String name, Duration interval, Work work) {
        boolean failing = false;
        while (running) {
            long start = System.nanoTime();
            try {
                failing = attempt(name, work, failing);
                TimeUnit.NANOSECONDS.sleep(interval.toNanos() - (System.nanoTime() - start));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** A round that fails, for instance because the database is away, must not be the last one. */
    private static boolean attempt(String name, Work work, boolean failingAlready) throws InterruptedException {
        try {
            work.run();
            if (failingAlready) {
                log.info("{} goes on", name);
            }
            return false;
        } catch (RuntimeException e) {
            if (!failingAlready) {
                log.warn("{} failed and is tried again: {}", name, e.toString());
            }
            return true;
        }
    }
}
