package io.tricolor.kit.eventstore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.jspecify.annotations.Nullable;

/**
 * What one command has come to: its events, and whatever else is stored with them or not at all. Nothing of it is in
 * the database until the command is committed; then {@link EventWriter} stores it. Belongs to the thread that handles
 * the command until then.
 */
public final class Decision {

    private static final String KEY = Decision.class.getName();

    private final List<EventMessage<?>> events = new ArrayList<>();
    private final List<Runnable> writes = new ArrayList<>();
    private final CompletableFuture<Void> stored = new CompletableFuture<>();
    private boolean open = true;

    private Decision() {}

    /**
     * The decision of the command that this thread handles; null when it handles none, or one that takes part in a
     * transaction of its caller and is stored by that.
     */
    public static @Nullable Decision current() {
        if (!CurrentUnitOfWork.isStarted()) {
            return null;
        }
        Decision current = CurrentUnitOfWork.get().root().getResource(KEY);
        return current != null && current.open ? current : null;
    }

    static Decision begin(UnitOfWork<?> unitOfWork) {
        Decision decision = new Decision();
        unitOfWork.root().resources().put(KEY, decision);
        return decision;
    }

    /**
     * Has {@code write} run in the transaction that stores the events, before them. It runs in another thread, and
     * again when the transaction has to be; by throwing it has the command fail and nothing of it stored.
     */
    public void with(Runnable write) {
        writes.add(write);
    }

    void add(List<? extends EventMessage<?>> more) {
        events.addAll(more);
    }

    /** Nothing is added any more. */
    void close() {
        open = false;
    }

    boolean isEmpty() {
        return events.isEmpty() && writes.isEmpty();
    }

    List<EventMessage<?>> events() {
        return events;
    }

    List<Runnable> writes() {
        return writes;
    }

    void succeeded() {
        stored.complete(null);
    }

    void failed(Throwable cause) {
        stored.completeExceptionally(cause);
    }

    /**
     * Waits until it is stored; throws what kept it from being so. Does not hear an interrupt: what became of it is
     * always told.
     */
    void await() {
        try {
            stored.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
