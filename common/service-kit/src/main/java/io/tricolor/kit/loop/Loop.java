package io.tricolor.kit.loop;

import io.prometheus.client.Counter;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Repeats a piece of work on a thread of its own until it is stopped. Nothing that a turn throws ends it, an
 * {@link Error} included: the failure is counted and logged, and the next turn follows after a pause that grows. A loop
 * whose turn does not end, or whose turns only fail, shows in the health and in the metrics of the service, see
 * {@link ProgressWatch}.
 *
 * <p>A loop is a bean that Spring starts and stops, or a part of one that hands {@link #start} and {@link #stop} on. It
 * may be started again after a stop.
 */
public final class Loop implements SmartLifecycle {

    /** One turn. May block. Whatever it throws is a failed turn. */
    @FunctionalInterface
    public interface Turn {
        /** Does what is due. */
        void run() throws Exception;
    }

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private static final Duration STOP = Duration.ofSeconds(5);

    private static final Counter TURNS = Counter.build("tricolor_loop_turns_total", "Turns of loops")
            .labelNames("loop", "outcome")
            .register();

    private final String name;
    private final Turn turn;
    private final Settings settings;
    private final ProgressWatch watch;
    private final Semaphore news = new Semaphore(0);
    private final AtomicLong turns = new AtomicLong();
    private volatile boolean turned;
    private volatile @Nullable Thread thread;
    private volatile @Nullable Progress progress;

    /** What may be set. */
    private record Settings(
            Duration interval,
            Duration firstPause,
            Duration longestPause,
            Duration mayTake,
            boolean platformThread,
            Progress.Weight weight,
            @Nullable Supplier<String> position) {}

    private Loop(String name, Turn turn, Settings settings, ProgressWatch watch) {
        this.name = name;
        this.turn = turn;
        this.settings = settings;
        this.watch = watch;
        TURNS.labels(name, "done");
        TURNS.labels(name, "failed");
    }

    /** Starts the definition of a loop. Without more it turns without a pause, on a virtual thread, and is vital. */
    public static Builder named(String name, Turn turn) {
        return new Builder(name, turn);
    }

    @Override
    public synchronized void start() {
        if (thread != null) {
            return;
        }
        Supplier<String> position = settings.position;
        Progress watched =
                watch.watch(name, settings.weight, position == null ? () -> "turn " + turns.get() : position);
        Runnable work = () -> work(watched);
        Thread created = settings.platformThread
                ? Thread.ofPlatform().name(name).daemon().unstarted(work)
                : Thread.ofVirtual().name(name).unstarted(work);
        progress = watched;
        thread = created;
        created.start();
    }

    /**
     * Lets the next turn begin at once, or one more turn after the one that runs. Does not shorten a pause after a
     * failure.
     */
    public void wake() {
        news.release();
    }

    /**
     * Called within a turn that takes long on purpose: a part of it is done, and the next one may take as long as a
     * turn may. Pauses after failures begin anew at the shortest.
     */
    public void moved() {
        Progress watched = progress;
        if (watched != null) {
            turned = true;
            watched.idleFor(settings.mayTake);
        }
    }

    /** Interrupts the turn that runs and waits some seconds for its end. */
    @Override
    public void stop() {
        Thread running;
        synchronized (this) {
            running = thread;
            thread = null;
            if (progress != null) {
                watch.forget(progress);
                progress = null;
            }
        }
        if (running == null || running == Thread.currentThread()) {
            return;
        }
        running.interrupt();
        try {
            if (!running.join(STOP)) {
                log.warn("{} has not ended its turn after {}", name, STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    private boolean goesOn() {
        return thread == Thread.currentThread();
    }

    private void work(Progress watched) {
        Duration pause = settings.firstPause;
        boolean failing = false;
        while (goesOn()) {
            long begun = System.nanoTime();
            news.drainPermits();
            turns.incrementAndGet();
            turned = false;
            watched.begins(settings.mayTake);
            Throwable failure = attempt();
            if (!goesOn()) {
                return;
            }
            if (failure == null) {
                TURNS.labels(name, "done").inc();
                if (failing) {
                    log.info("{} goes on", name);
                }
                failing = false;
                pause = settings.firstPause;
                Duration rest = settings.interval.minusNanos(System.nanoTime() - begun);
                watched.idleFor(rest.isNegative() ? Duration.ZERO : rest);
                waitForNews(rest);
            } else {
                TURNS.labels(name, "failed").inc();
                watched.waits(failure);
                complain(failing, failure);
                failing = true;
                if (turned) {
                    pause = settings.firstPause;
                }
                sleep(pause);
                pause = longer(pause);
            }
        }
    }

    /** What the turn threw, null if nothing. */
    private @Nullable Throwable attempt() {
        try {
            turn.run();
            return null;
        } catch (Throwable t) { // the one place where an Error is survived: a loop that is gone helps nobody
            return t;
        }
    }

    private void complain(boolean failingAlready, Throwable failure) {
        if (failure instanceof Error) {
            log.error("{} failed and tries again", name, failure);
        } else if (!failingAlready) {
            log.warn("{} failed and tries again: {}", name, failure.toString());
        }
        log.debug("{} failed", name, failure);
    }

    /** An interrupt that does not come from {@link #stop} only ends the pause. */
    private void waitForNews(Duration rest) {
        try {
            boolean woken = news.tryAcquire(Math.max(0, rest.toNanos()), TimeUnit.NANOSECONDS);
            log.trace("{} turns, woken: {}", name, woken);
        } catch (InterruptedException e) {
            log.trace("{} was interrupted", name);
        }
    }

    private void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            log.trace("{} was interrupted", name);
        }
    }

    private Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(settings.longestPause) < 0 ? twice : settings.longestPause;
    }

    /** Collects what is particular about a loop. */
    public static final class Builder {

        private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
        private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

        private final String name;
        private final Turn turn;
        private Duration interval = Duration.ZERO;
        private Duration firstPause = FIRST_PAUSE;
        private Duration longestPause = LONGEST_PAUSE;
        private Duration mayTake = Duration.ZERO;
        private boolean platformThread;
        private Progress.Weight weight = Progress.Weight.VITAL;
        private @Nullable Supplier<String> position;

        private Builder(String name, Turn turn) {
            this.name = name;
            this.turn = turn;
        }

        /** From the beginning of a turn to that of the next; a turn that takes longer is followed at once. */
        public Builder every(Duration time) {
            interval = time;
            return this;
        }

        /**
         * The pause after a failure; it doubles with each failure that follows, up to the longest. Default 200 ms and
         * 10 s.
         */
        public Builder backOff(Duration first, Duration longest) {
            if (!first.isPositive() || longest.compareTo(first) < 0) {
                throw new IllegalArgumentException(
                        "loop " + name + " pauses for " + first + " up to " + longest + " after a failure");
            }
            firstPause = first;
            longestPause = longest;
            return this;
        }

        /**
         * How long a turn takes when all is well, for example a long poll; only what lies beyond counts as standing
         * still.
         */
        public Builder mayTake(Duration time) {
            mayTake = time;
            return this;
        }

        /** On a daemon thread of the platform, for work that pins its thread or holds much on its stack. */
        public Builder onPlatformThread() {
            platformThread = true;
            return this;
        }

        /** That it stands still makes the service {@code degraded}, not DOWN. */
        public Builder auxiliary() {
            weight = Progress.Weight.AUXILIARY;
            return this;
        }

        /** What is shown as its position when it stands still; the number of its turn if nothing is said. */
        public Builder position(Supplier<String> where) {
            position = where;
            return this;
        }

        /** The loop, not yet started. */
        public Loop build(ProgressWatch watch) {
            Settings settings =
                    new Settings(interval, firstPause, longestPause, mayTake, platformThread, weight, position);
            return new Loop(name, turn, settings, watch);
        }
    }
}
