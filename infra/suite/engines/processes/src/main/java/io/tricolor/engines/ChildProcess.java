package io.tricolor.engines;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One running (or ended) child process. {@link #stop} and {@link #close} end it in an orderly way, {@link #kill} as a
 * crash would; {@link #restart} starts the same command again. Safe for use by several threads.
 */
public final class ChildProcess implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(50);
    private static final int LOG_TAIL_BYTES = 8192;

    private final ProcessSpec spec;
    private volatile Running running;

    private ChildProcess(ProcessSpec spec, Running running) {
        this.spec = spec;
        this.running = running;
    }

    /** Starts the process and returns at once; see {@link #awaitReady}. */
    public static ChildProcess launch(ProcessSpec spec) {
        return new ChildProcess(spec, spawn(spec));
    }

    /** Starts the process and waits until it is ready; when that fails, the process is ended. */
    public static ChildProcess start(ProcessSpec spec) {
        ChildProcess child = launch(spec);
        try {
            child.awaitReady();
        } catch (EngineFailed e) {
            child.kill();
            throw e;
        }
        return child;
    }

    /** The process that an earlier JVM started with the same pid file, if it still runs. */
    public static Optional<ChildProcess> adopt(ProcessSpec spec) {
        Path pidFile = spec.pidFile();
        if (pidFile == null) {
            return Optional.empty();
        }
        try {
            return ProcessIdentity.read(pidFile)
                    .flatMap(identity -> identity.find().map(handle -> new Running(handle, null, identity)))
                    .map(found -> new ChildProcess(spec, found));
        } catch (IOException e) {
            throw new EngineFailed("cannot read " + pidFile, e);
        }
    }

    /** What was started. */
    public ProcessSpec spec() {
        return spec;
    }

    /** Process id of the last start. */
    public long pid() {
        return running.handle().pid();
    }

    /** The process itself, to be found again by another JVM; empty when it ended at once. */
    public Optional<ProcessIdentity> identity() {
        return Optional.ofNullable(running.identity());
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return running.isAlive();
    }

    /**
     * Waits until the process has ended.
     *
     * @return false when it still runs after {@code patience}
     */
    public boolean awaitExit(Duration patience) throws InterruptedException {
        Running now = running;
        Process own = now.process();
        if (own != null) {
            return own.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        while (now.isAlive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }

    /** True when the process runs and answers its readiness question now. */
    public boolean isReady() {
        if (!isAlive()) {
            return false;
        }
        try {
            return spec.readiness().isReady();
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Waits until the process is ready; {@link EngineFailed} with the end of its log when it ends or takes too long.
     */
    public void awaitReady() {
        long deadline = System.nanoTime() + spec.startTimeout().toNanos();
        while (!isReady()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new EngineFailed("interrupted while " + spec.name() + " was starting");
            }
            if (!isAlive()) {
                throw new EngineFailed(spec.name() + " ended" + exitCode() + " before it was ready. End of its log "
                        + spec.log() + ":\n" + logTail());
            }
            if (System.nanoTime() > deadline) {
                throw new EngineFailed(spec.name() + " is not ready after "
                        + spec.startTimeout().toSeconds() + " s. End of its log " + spec.log() + ":\n" + logTail());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /** Asks the process to end, waits, and kills it when it does not; returns when it is gone. */
    public void stop() {
        if (isAlive()) {
            signal(spec.stopSignal());
            if (!ended(spec.stopTimeout())) {
                running.handle().destroyForcibly();
                ended(Duration.ofSeconds(10));
            }
        }
        forget();
    }

    /** Kills the process as {@code kill -9} does and returns when it is gone. */
    public void kill() {
        running.handle().destroyForcibly();
        ended(Duration.ofSeconds(10));
        forget();
    }

    /** Starts the same command again, after ending the process if it still runs, and waits until it is ready. */
    public void restart() {
        relaunch();
        awaitReady();
    }

    /** As {@link #restart}, without the wait. */
    public void relaunch() {
        stop();
        running = spawn(spec);
    }

    /** Same as {@link #stop}. */
    @Override
    public void close() {
        stop();
    }

    /** The last lines of the log, at most a few kilobytes. */
    public String logTail() {
        try (var log = new RandomAccessFile(spec.log().toFile(), "r")) {
            long from = Math.max(0, log.length() - LOG_TAIL_BYTES);
            log.seek(from);
            var bytes = new byte[Math.toIntExact(log.length() - from)];
            log.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            List<String> lines = text.lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    private void signal(String name) {
        if (name.equals("TERM")) {
            running.handle().destroy();
            return;
        }
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            running.handle().destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean ended(Duration patience) {
        try {
            return awaitExit(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void forget() {
        if (!spec.outlivesParent()) {
            OrphanGuard.forget(pid());
        }
        Path pidFile = spec.pidFile();
        if (pidFile != null) {
            try {
                Files.deleteIfExists(pidFile);
            } catch (IOException e) {
                throw new EngineFailed("cannot remove " + pidFile, e);
            }
        }
    }

    private String exitCode() {
        Process mine = running.process();
        return mine == null || mine.isAlive() ? "" : " with exit code " + mine.exitValue();
    }

    private static Running spawn(ProcessSpec spec) {
        try {
            Files.createDirectories(spec.directory());
            Path parent = spec.log().toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            var builder = new ProcessBuilder(spec.command())
                    .directory(spec.directory().toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
            builder.environment().putAll(spec.environment());
            Process started = builder.start();
            if (!spec.outlivesParent()) {
                OrphanGuard.watch(started.pid());
            }
            Path pidFile = spec.pidFile();
            Optional<ProcessIdentity> identity = ProcessIdentity.of(started.pid());
            if (pidFile != null && identity.isPresent()) {
                identity.get().write(pidFile);
            }
            return new Running(started.toHandle(), started, identity.orElse(null));
        } catch (IOException e) {
            throw new EngineFailed("cannot start " + spec.name() + ": " + e.getMessage(), e);
        }
    }

    /**
     * One start of the process.
     *
     * @param process null when another JVM started it
     * @param identity null when it ended before it was looked at
     */
    private record Running(
            ProcessHandle handle,
            @Nullable Process process,
            @Nullable ProcessIdentity identity) {

        /** An ended process that its new parent has not collected yet counts as ended. */
        boolean isAlive() {
            if (process != null) {
                return process.isAlive();
            }
            return identity != null && identity.find().isPresent();
        }
    }
}
