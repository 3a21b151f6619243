package io.tricolor.kit.eventstore;

import java.util.LinkedHashMap;
import java.util.Map;
import org.axonframework.common.Registration;
import org.axonframework.common.caching.Cache;
import org.axonframework.eventsourcing.AggregateCacheEntry;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.axonframework.eventsourcing.SnapshotTriggerDefinition;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.axonframework.modelling.command.RepositoryProvider;
import org.axonframework.modelling.command.inspection.AggregateModel;
import org.jspecify.annotations.Nullable;

/**
 * The aggregates that were used lately. One that is used again reads what was appended to its stream since, by
 * whichever instance: one statement, however long the stream is. So a command is decided on what is committed, as
 * without it. Whoever uses an aggregate has Axon's lock on it.
 */
final class RememberedAggregates implements Cache {

    private final Map<Object, UpToDate<?>> newest;

    RememberedAggregates(int most) {
        newest = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, UpToDate<?>> eldest) {
                return size() > most;
            }
        };
    }

    /** One that catches up when it is taken out. */
    private static final class UpToDate<T> extends AggregateCacheEntry<T> {

        private static final long serialVersionUID = 1L;

        UpToDate(EventSourcedAggregate<T> aggregate) {
            super(aggregate);
        }

        /** Null, which has it loaded as if it was not remembered, when the stream does not have what it has. */
        @Override
        @SuppressWarnings("NullAway") // Axon asks for null
        public EventSourcedAggregate<T> recreateAggregate(
                AggregateModel<T> model,
                EventStore events,
                RepositoryProvider repositories,
                SnapshotTriggerDefinition snapshots) {
            EventSourcedAggregate<T> aggregate = super.recreateAggregate(model, events, repositories, snapshots);
            long version = aggregate.version();
            DomainEventStream since = events.readEvents(aggregate.identifierAsString(), version);
            if (!since.hasNext() || since.next().getSequenceNumber() != version) {
                return null;
            }
            if (since.hasNext()) {
                aggregate.initializeState(since);
            }
            return aggregate;
        }
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Axon has it
    public synchronized <K, V> @Nullable V get(K key) {
        return (V) newest.get(key);
    }

    @Override
    public void put(Object key, Object value) {
        keep(key, (AggregateCacheEntry<?>) value);
    }

    @SuppressWarnings("NullAway") // an entry that has its aggregate needs nothing to make it of
    private synchronized <T> void keep(Object key, AggregateCacheEntry<T> entry) {
        EventSourcedAggregate<T> aggregate = entry.recreateAggregate(null, null, null, null);
        if (aggregate.version() != null && aggregate.version() >= 0) {
            newest.put(key, new UpToDate<>(aggregate));
        }
    }

    @Override
    public synchronized boolean putIfAbsent(Object key, Object value) {
        if (newest.containsKey(key)) {
            return false;
        }
        put(key, value);
        return true;
    }

    @Override
    public synchronized boolean remove(Object key) {
        return newest.remove(key) != null;
    }

    @Override
    public synchronized void removeAll() {
        newest.clear();
    }

    @Override
    public synchronized boolean containsKey(Object key) {
        return newest.containsKey(key);
    }

    @Override
    public Registration registerCacheEntryListener(EntryListener listener) {
        throw new UnsupportedOperationException("nobody listens to it");
    }
}
