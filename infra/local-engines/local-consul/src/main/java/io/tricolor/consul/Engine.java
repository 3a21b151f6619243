package io.tricolor.consul;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Guards the state. One thread makes all changes, many at once when many wait: decides, applies, logs, syncs, and only
 * then lets readers see them, answers who wrote and wakes who waits. Nothing that was seen is lost when the machine
 * dies.
 */
final class Engine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());
    private static final int MAX_BATCH = 256;

    private final State state = new State();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
    private final Watches watches = new Watches();
    private final ChangeLog log;
    private final Clock clock;
    private final long compactAtBytes;
    private final Consumer<IOException> onStorageFailure;
    private final Thread writer;
    private volatile Consumer<List<Change>> committed = changes -> {};
    private volatile boolean stopped;

    private static final class Write<T extends @Nullable Object> {
        private final Function<Transaction, T> decision;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private Runnable completion = () -> {};

        Write(Function<Transaction, T> decision) {
            this.decision = decision;
        }

        /** Decides; the answer is held back until {@link #complete}. */
        List<Change> decide(Transaction transaction) {
            try {
                T value = decision.apply(transaction);
                completion = () -> answer.complete(value);
                return transaction.changes();
            } catch (RuntimeException | Error e) { // an Error too: all others wait for this thread
                completion = () -> answer.completeExceptionally(e);
                return List.of();
            }
        }

        void complete() {
            completion.run();
        }
    }

    /**
     * Opens the state under {@code dataDir}.
     *
     * @param onStorageFailure is called when the log cannot be written; nothing is answered after that, the process
     *     should end
     */
    Engine(Path dataDir, Clock clock, long compactAtBytes, Consumer<IOException> onStorageFailure) throws IOException {
        this.clock = clock;
        this.compactAtBytes = compactAtBytes;
        this.onStorageFailure = onStorageFailure;
        List<Topic> nobodyWaits = new ArrayList<>();
        this.log = ChangeLog.open(dataDir, changes -> {
            changes.forEach(change -> state.apply(change, nobodyWaits));
            nobodyWaits.clear();
        });
        this.writer = Thread.ofPlatform().name("consul-writer").start(this::work);
    }

    /**
     * Is told of every committed transaction, in order, on the writer's thread. To be set once, before the first write.
     */
    void onCommitted(Consumer<List<Change>> listener) {
        committed = listener;
    }

    Watches watches() {
        return watches;
    }

    /** Bytes of the log. */
    long logSize() {
        return log.size();
    }

    /** Reads under the lock; {@code reader} must not keep the state. */
    <T extends @Nullable Object> T read(Function<State, T> reader) {
        lock.readLock().lock();
        try {
            return reader.apply(state);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Decides in turn and answers when the changes are durable. What the decision throws is thrown here, and nothing is
     * changed.
     */
    <T extends @Nullable Object> T write(Function<Transaction, T> decision) throws InterruptedException {
        Write<T> write = new Write<>(decision);
        queue.add(write);
        if (stopped) {
            throw new IllegalStateException("stopped");
        }
        try {
            return write.answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Changes what is neither logged nor indexed. */
    void show(Consumer<State> change) {
        lock.writeLock().lock();
        try {
            change.accept(state);
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        writer.interrupt();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        queue.forEach(write -> write.answer.completeExceptionally(new IllegalStateException("stopped")));
        log.close();
    }

    private void work() {
        List<Write<?>> batch = new ArrayList<>();
        try {
            while (!stopped) {
                batch.add(queue.take());
                queue.drainTo(batch, MAX_BATCH);
                commit(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the writer ends");
        } catch (IOException e) {
            stopped = true;
            batch.forEach(write -> write.answer.completeExceptionally(new IllegalStateException("the log failed", e)));
            onStorageFailure.accept(e);
        }
    }

    private void commit(List<Write<?>> batch) throws IOException {
        Set<Topic> touched = new HashSet<>();
        List<List<Change>> transactions = new ArrayList<>();
        lock.writeLock().lock();
        try {
            for (Write<?> write : batch) {
                List<Change> changes = write.decide(new Transaction(state, clock.millis()));
                if (!changes.isEmpty()) {
                    changes.forEach(change -> state.apply(change, touched));
                    log.append(changes);
                    transactions.add(changes);
                }
            }
            log.sync();
            if (log.isWorthCompacting(compactAtBytes)) {
                log.compact(state.dump(clock.millis()));
            }
        } finally {
            lock.writeLock().unlock();
        }
        transactions.forEach(this::announce);
        // Who wrote first: behind thousands who wait it would be answered last.
        batch.forEach(Write::complete);
        watches.signal(touched);
    }

    /** What a listener throws is its own affair: the changes are made, and who made them waits for an answer. */
    private void announce(List<Change> changes) {
        try {
            committed.accept(changes);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a listener failed on committed changes", e);
        }
    }
}
