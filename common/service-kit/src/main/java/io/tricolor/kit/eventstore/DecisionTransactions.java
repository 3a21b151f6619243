package io.tricolor.kit.eventstore;

import org.axonframework.common.transaction.Transaction;
import org.axonframework.common.transaction.TransactionManager;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What a command that is handled has for a transaction: in one of its caller it takes part; else it holds no connection
 * and no lock while it is decided, and what it has come to is stored as one {@link Decision}.
 */
final class DecisionTransactions implements TransactionManager {

    private final TransactionManager transactions;
    private final EventWriter writer;

    DecisionTransactions(TransactionManager transactions, EventWriter writer) {
        this.transactions = transactions;
        this.writer = writer;
    }

    @Override
    public Transaction startTransaction() {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            return transactions.startTransaction();
        }
        if (Decision.current() != null) {
            throw new IllegalStateException("a command cannot be sent while another one is handled");
        }
        Decision decision = Decision.begin(CurrentUnitOfWork.get());
        return new Transaction() {
            @Override
            public void commit() {
                decision.close();
                writer.store(decision);
            }

            @Override
            public void rollback() {
                decision.close();
            }
        };
    }
}
