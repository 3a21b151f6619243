package io.tricolor.kit.eventstore;

import io.prometheus.client.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.axonframework.eventhandling.EventMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Stores decisions, one batch at a time: all that have come while the last batch was written go into one transaction,
 * so that they wait for one lock and one flush to the disk together. When a batch fails before its commit, each of its
 * decisions is stored by itself: one that fails fails alone. When it fails in the commit nobody knows what is stored,
 * and each of its decisions fails with that.
 */
final class EventWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EventWriter.class);

    /** Each has at most 256 KiB, and most of them one. */
    private static final int MOST_AT_ONCE = 64;

    private static final Counter BATCHES = Counter.build(
                    "tricolor_store_batches_total", "Transactions that stored what commands had decided")
            .register();
    private static final Counter DECISIONS = Counter.build(
                    "tricolor_store_decisions_total", "Decisions of commands that were stored")
            .register();
    private static final Counter DIVIDED = Counter.build(
                    "tricolor_store_divided_batches_total",
                    "Batches that failed before their commit, so that each decision was stored by itself")
            .register();

    private final GroupedEventStorage storage;
    private final TransactionTemplate transaction;
    private final Queue<Decision> waiting = new ConcurrentLinkedQueue<>();
    private final ExecutorService thread;

    EventWriter(GroupedEventStorage storage, PlatformTransactionManager transactions) {
        this.storage = storage;
        this.transaction = new TransactionTemplate(transactions);
        CustomizableThreadFactory threads = new CustomizableThreadFactory("event-writer-");
        threads.setDaemon(true);
        this.thread = Executors.newSingleThreadExecutor(threads);
    }

    /** Returns when everything of it is committed; throws when nothing of it is, or when nobody can know. */
    void store(Decision decision) {
        if (decision.isEmpty()) {
            return;
        }
        waiting.add(decision);
        // One turn for each decision: most find that an earlier one has taken it along.
        thread.execute(this::turn);
        decision.await();
    }

    private void turn() {
        List<Decision> batch = new ArrayList<>();
        for (Decision next = waiting.poll(); next != null; next = waiting.poll()) {
            batch.add(next);
            if (batch.size() == MOST_AT_ONCE) {
                break;
            }
        }
        if (!batch.isEmpty()) {
            store(batch);
        }
    }

    private void store(List<Decision> batch) {
        boolean[] written = {false};
        try {
            transaction.executeWithoutResult(status -> {
                write(batch);
                written[0] = true;
            });
            BATCHES.inc();
            DECISIONS.inc(batch.size());
            batch.forEach(Decision::succeeded);
        } catch (Throwable e) { // whatever it is, it is the callers', and this thread goes on
            if (written[0] || batch.size() == 1 || e instanceof CannotCreateTransactionException) {
                batch.forEach(decision -> decision.failed(e));
                return;
            }
            DIVIDED.inc();
            log.debug("{} decisions are stored one by one: {}", batch.size(), e.toString());
            batch.forEach(decision -> store(List.of(decision)));
        }
    }

    private void write(List<Decision> batch) {
        batch.forEach(decision -> decision.writes().forEach(Runnable::run));
        List<EventMessage<?>> events =
                batch.stream().flatMap(decision -> decision.events().stream()).toList();
        if (!events.isEmpty()) {
            storage.append(events);
        }
    }

    /** Decisions that no batch has taken yet. */
    int waiting() {
        return waiting.size();
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
