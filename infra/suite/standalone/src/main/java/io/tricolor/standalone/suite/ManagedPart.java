package io.tricolor.standalone.suite;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.EngineFailed;
import io.tricolor.engines.ProcessSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one process running: starts it when what it needs is ready, or adopts the one that an earlier supervisor left;
 * starts it again with a growing pause when it ends. A process that ends three times before it was ever ready has
 * failed.
 */
final class ManagedPart {

    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final int FIRST_ATTEMPTS = 3;

    private final Part part;
    private final Backoff backoff;
    private final Clock clock;
    private final Runnable changed;
    private final Consumer<String> log;
    private final CountDownLatch settled = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    private volatile boolean stopping;
    private @Nullable ChildProcess child;
    private PartState state = PartState.WAITING;
    private Instant since;
    private @Nullable Instant startedAt;
    private @Nullable Long readyAfterMillis;
    private @Nullable String message;
    private int restarts;
    private boolean wasReady;

    ManagedPart(
            Part part, List<ManagedPart> needed, Backoff backoff, Clock clock, Runnable changed, Consumer<String> log) {
        this.part = part;
        this.backoff = backoff;
        this.clock = clock;
        this.changed = changed;
        this.log = log;
        this.since = clock.instant();
        this.thread = Thread.ofPlatform().name(part.name()).unstarted(() -> run(List.copyOf(needed)));
    }

    void start() {
        thread.start();
    }

    /** Ends the process in an orderly way and returns when it is gone. */
    void stop() {
        stopping = true;
        become(PartState.STOPPING, null);
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            part.beforeStop().run();
        } catch (RuntimeException e) { // the process ends all the same
            log.accept("before " + part.name() + " was stopped: " + e.getMessage());
        }
        ChildProcess running = child();
        if (running != null) {
            running.stop();
        }
        become(PartState.STOPPED, null);
        stopped.countDown();
    }

    void awaitStopped() {
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Part part() {
        return part;
    }

    synchronized SuiteView.PartView view() {
        boolean runs = child != null && state != PartState.RESTARTING && state != PartState.STOPPED;
        return new SuiteView.PartView(
                part.name(),
                state,
                runs && child != null ? child.pid() : null,
                since,
                runs ? startedAt : null,
                readyAfterMillis,
                restarts,
                part.ports().getFirst(),
                part.url(),
                message);
    }

    private void run(List<ManagedPart> needed) {
        try {
            if (awaitNeeded(needed)) {
                superviseUntilStopped();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stop() has asked for it
        } finally {
            settled.countDown();
        }
    }

    private boolean awaitNeeded(List<ManagedPart> needed) throws InterruptedException {
        for (ManagedPart other : needed) {
            other.settled.await();
            if (!other.wasEverReady()) {
                become(PartState.FAILED, "it needs " + other.part.name() + ", which did not start");
                return false;
            }
        }
        return true;
    }

    private void superviseUntilStopped() throws InterruptedException {
        boolean mayAdopt = true;
        int failures = 0;
        while (!stopping) {
            Instant began = clock.instant();
            try {
                begin(mayAdopt);
                failures = 0;
                watch();
                if (stopping) {
                    return;
                }
                failures = Duration.between(began, clock.instant()).compareTo(backoff.calm()) < 0 ? failures + 1 : 0;
                restarts++;
                log.accept(part.name() + " ended by itself");
                become(PartState.RESTARTING, "it ended by itself");
            } catch (RuntimeException e) { // expected or not: a part whose thread is gone would never run again
                if (stopping) {
                    return;
                }
                endFailedStart();
                failures++;
                String why = e instanceof EngineFailed || e instanceof SuiteFailed
                        ? String.valueOf(e.getMessage())
                        : e.toString();
                log.accept(part.name() + " could not be started: " + why);
                if (!wasEverReady() && failures >= FIRST_ATTEMPTS) {
                    become(PartState.FAILED, why);
                    return;
                }
                become(wasEverReady() ? PartState.RESTARTING : PartState.STARTING, why);
            }
            mayAdopt = false;
            Thread.sleep(backoff.pause(failures));
        }
    }

    private void begin(boolean mayAdopt) {
        Instant began = clock.instant();
        ProcessSpec spec = part.spec().get();
        Optional<ChildProcess> found = mayAdopt ? ChildProcess.adopt(spec) : Optional.empty();
        ChildProcess running = found.orElseGet(() -> {
            part.beforeStart().run();
            return ChildProcess.launch(spec);
        });
        synchronized (this) {
            child = running;
            startedAt = found.isPresent() ? startOf(running.pid()).orElse(began) : began;
        }
        become(PartState.STARTING, found.isPresent() ? "found running" : null);
        running.awaitReady();
        part.afterReady().run();
        synchronized (this) {
            readyAfterMillis = Duration.between(began, clock.instant()).toMillis();
            wasReady = true;
        }
        log.accept(part.name() + " is ready, pid " + running.pid());
        become(PartState.READY, null);
        settled.countDown();
    }

    private static Optional<Instant> startOf(long pid) {
        return ProcessHandle.of(pid).flatMap(handle -> handle.info().startInstant());
    }

    private void watch() throws InterruptedException {
        ChildProcess running = child();
        while (running != null && !running.awaitExit(LOOK)) {
            if (running.isReady()) {
                become(PartState.READY, null);
            } else if (running.isAlive() && !stopping) {
                become(PartState.UNHEALTHY, "it runs and does not answer");
            }
        }
    }

    private void endFailedStart() {
        ChildProcess running = child();
        if (running != null) {
            running.kill();
        }
    }

    private synchronized @Nullable ChildProcess child() {
        return child;
    }

    private synchronized boolean wasEverReady() {
        return wasReady;
    }

    private void become(PartState next, @Nullable String why) {
        synchronized (this) {
            boolean leavingStop =
                    state == PartState.STOPPED || (state == PartState.STOPPING && next != PartState.STOPPED);
            if (leavingStop || (state == next && java.util.Objects.equals(message, why))) {
                return;
            }
            if (state != next) {
                since = clock.instant();
            }
            state = next;
            message = why;
        }
        changed.run();
    }
}
