package io.tricolor.kit.eventstore;

import java.util.List;
import java.util.function.Supplier;
import org.axonframework.common.transaction.Transaction;
import org.axonframework.common.transaction.TransactionManager;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.serialization.Serializer;

/**
 * Keeps what a command appends for its {@link Decision}; appends at once, in a transaction, what has none. Reading
 * outside of a transaction takes one statement and no transaction.
 */
final class GroupedEventStorage extends JdbcEventStorageEngine {

    private final Serializer serializer;

    GroupedEventStorage(Builder builder, Serializer serializer) {
        super(builder.eventSerializer(serializer));
        this.serializer = serializer;
    }

    @Override
    protected void appendEvents(List<? extends EventMessage<?>> events, Serializer with) {
        if (events.isEmpty()) {
            return;
        }
        // Encodes them, here and not where others wait.
        DecisionSize.check(events, with);
        Decision decision = Decision.current();
        if (decision == null) {
            super.appendEvents(events, with);
        } else {
            decision.add(events);
        }
    }

    /** Appends what several commands have decided, in the transaction of the thread. */
    void append(List<EventMessage<?>> events) {
        super.appendEvents(events, serializer);
    }

    /** Takes part in a transaction that is there, and begins one only to write. */
    record ReadsWithoutTransaction(TransactionManager transactions) implements TransactionManager {

        @Override
        public Transaction startTransaction() {
            return transactions.startTransaction();
        }

        @Override
        public void executeInTransaction(Runnable task) {
            transactions.executeInTransaction(task);
        }

        @Override
        public <T> T fetchInTransaction(Supplier<T> supplier) {
            return supplier.get();
        }
    }
}
