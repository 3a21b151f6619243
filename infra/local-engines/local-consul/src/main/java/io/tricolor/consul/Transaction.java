package io.tricolor.consul;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one write decides on: the state before it, the index it gets, the time, and the changes it makes. All of them
 * count, or none.
 */
final class Transaction {
    private final State state;
    private final long nowEpochMillis;
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> endedSessions = new HashSet<>();

    Transaction(State state, long nowEpochMillis) {
        this.state = state;
        this.nowEpochMillis = nowEpochMillis;
    }

    /** The state before this transaction. */
    State state() {
        return state;
    }

    /** The index of every change of this transaction. */
    long index() {
        return state.last() + 1;
    }

    long nowEpochMillis() {
        return nowEpochMillis;
    }

    void emit(Change change) {
        changes.add(change);
    }

    List<Change> changes() {
        return changes;
    }

    /** Whether this call is the first to end that session here. */
    boolean firstToEnd(String sessionId) {
        return endedSessions.add(sessionId);
    }
}
