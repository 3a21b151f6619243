package io.tricolor.gateway;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.EntryIndex;
import io.tricolor.routing.Lanes;
import io.tricolor.routing.RequestId;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What requests are routed by: one reference to an immutable snapshot, and the counts of what is in flight.
 *
 * <p><b>Why no request of an older table is ever missing in a count.</b> {@link #admit} decides by the table it read, then increments the
 * counter of the chosen cluster, then reads the reference again, and starts over when the group has another table by then. A
 * report reads the reference, sees table N, and reads the counters after that. Reference and counters are volatile, so all these
 * accesses stand in one order. Take a request that goes on with a table older than N: its second read still saw the older table, so it
 * comes before the write of N, and its increment before that; the report saw N, so its read of the counter comes after the write. The
 * increment is therefore in the count until the request ends. The counters are {@link AtomicInteger}s on purpose: a
 * striped adder is summed up cell by cell and can show 0 while a request is in flight.
 */
final class RoutingState {

    private volatile Snapshot current = new Snapshot(Map.of(), EntryIndex.of(List.of()), Map.of());
    private final ReentrantLock writing = new ReentrantLock();
    private final ConcurrentMap<String, ConcurrentMap<String, AtomicInteger>> inFlight = new ConcurrentHashMap<>();
    private final List<Runnable> changeListeners = new CopyOnWriteArrayList<>();

    /** Tables by group, their entries, and instances by service; taken once per request. */
    record Snapshot(Map<String, CompiledTable> tables, EntryIndex entries, Map<ServiceKey, Endpoints> endpoints) {

        Endpoints endpoints(ServiceKey key) {
            Endpoints known = endpoints.get(key);
            return known == null ? Endpoints.NONE : known;
        }

        /** The services that requests can be for. */
        Set<ServiceKey> services() {
            return tables.values().stream()
                    .flatMap(table -> table.table().entries().stream()
                            .map(Entry::service)
                            .map(service -> new ServiceKey(table.table().group(), service)))
                    .collect(Collectors.toSet());
        }
    }

    /** Whether and where a request goes. */
    sealed interface Admission {

        /** No table has an entry for it. */
        record NoEntry() implements Admission {}

        /** The table asks for a claim, and the token that the request carries was not looked at yet. */
        record TokenNeeded() implements Admission {}

        /** No cluster can take it. */
        record Unserved(ServiceKey service, Decision.Reason reason) implements Admission {}

        /** It goes to a cluster, and is counted there until {@link Pinned#close}. */
        record Admitted(Pinned pinned) implements Admission {}
    }

    /** What a request says of itself. */
    @FunctionalInterface
    interface Caller {

        /** The id of the request as the table says. */
        @Nullable
        RequestId id(CompiledTable table);

        /** Whether {@link #id} cannot tell before the token of the request was looked at. */
        default boolean needsToken(CompiledTable table) {
            return false;
        }

        /** Lanes that are to be trusted. */
        default Lanes lanes() {
            return Lanes.NONE;
        }
    }

    /** A request with the table and the instances it is routed by, from the decision to the last byte of its answer. */
    final class Pinned implements AutoCloseable {

        private final CompiledTable table;
        private final ServiceKey service;
        private final Decision.Routed decision;
        private final Endpoints endpoints;
        private final Lanes lanes;
        private final AtomicInteger counter;
        private int holds = 1;
        private @Nullable Endpoint endpoint;

        private Pinned(
                CompiledTable table,
                ServiceKey service,
                Decision.Routed decision,
                Endpoints endpoints,
                Lanes lanes,
                AtomicInteger counter) {
            this.table = table;
            this.service = service;
            this.decision = decision;
            this.endpoints = endpoints;
            this.lanes = lanes;
            this.counter = counter;
        }

        CompiledTable table() {
            return table;
        }

        ServiceKey service() {
            return service;
        }

        String cluster() {
            return decision.cluster();
        }

        Decision.Reason reason() {
            return decision.reason();
        }

        /** Lanes for the next hop: those that were trusted, and the chosen cluster of this group. */
        Lanes lanes() {
            return lanes.with(service.group(), cluster());
        }

        /** Instances of the cluster as they were at the decision. */
        List<Endpoint> endpoints() {
            return endpoints.of(cluster());
        }

        /** Instances of the same cluster as they are now. */
        List<Endpoint> endpointsNow() {
            return snapshot().endpoints(service).of(cluster());
        }

        /** Names the instance that the request is sent to now; the one before is let go. */
        synchronized void sentTo(Endpoint next) {
            if (holds == 0) {
                return;
            }
            if (endpoint != null) {
                endpoint.end();
            }
            next.begin();
            endpoint = next;
        }

        /** One more {@link #close} is needed: something goes on after the HTTP exchange. */
        synchronized void hold() {
            holds++;
        }

        /** The request is over, unless it is held; calling it once more has no effect. */
        @Override
        public void close() {
            synchronized (this) {
                if (holds == 0 || --holds > 0) {
                    return;
                }
                if (endpoint != null) {
                    endpoint.end();
                }
            }
            leave(service.group(), cluster(), counter);
        }
    }

    Snapshot snapshot() {
        return current;
    }

    /** Called after every change, and when the last request to a cluster that is not GREEN has ended. Not to block. */
    void onChange(Runnable listener) {
        changeListeners.add(listener);
    }

    /** Whether some table has an entry for a request. */
    boolean hasEntry(@Nullable String host, String path) {
        return current.entries().find(host, path) != null;
    }

    /** Decides a request and counts it. */
    Admission admit(@Nullable String host, String path, Caller caller, long entropy) {
        while (true) {
            Snapshot snapshot = current;
            EntryIndex.Target target = snapshot.entries().find(host, path);
            CompiledTable table = target == null ? null : snapshot.tables().get(target.group());
            if (target == null || table == null) {
                return new Admission.NoEntry();
            }
            ServiceKey service = new ServiceKey(target.group(), target.service());
            Endpoints endpoints = snapshot.endpoints(service);
            if (caller.needsToken(table)) {
                return new Admission.TokenNeeded();
            }
            Lanes lanes = caller.lanes();
            Decision decision =
                    table.decide(caller.id(table), target.service(), endpoints, entropy, lanes.cluster(target.group()));
            if (!(decision instanceof Decision.Routed routed)) {
                return new Admission.Unserved(service, decision.reason());
            }
            AtomicInteger counter = counter(target.group(), routed.cluster());
            counter.incrementAndGet();
            if (current.tables().get(target.group()) == table) {
                return new Admission.Admitted(new Pinned(table, service, routed, endpoints, lanes, counter));
            }
            leave(target.group(), routed.cluster(), counter);
        }
    }

    private AtomicInteger counter(String group, String cluster) {
        ConcurrentMap<String, AtomicInteger> clusters = inFlight.get(group);
        if (clusters == null) {
            clusters = inFlight.computeIfAbsent(group, g -> new ConcurrentHashMap<>());
        }
        AtomicInteger counter = clusters.get(cluster);
        return counter != null ? counter : clusters.computeIfAbsent(cluster, c -> new AtomicInteger());
    }

    private void leave(String group, String cluster, AtomicInteger counter) {
        if (counter.decrementAndGet() == 0 && !isGreen(group, cluster)) {
            changed();
        }
    }

    private boolean isGreen(String group, String cluster) {
        CompiledTable table = current.tables().get(group);
        RouteStrategy strategy = table == null ? null : table.table().clusters().get(cluster);
        return strategy != null && strategy.status() == ClusterStatus.GREEN;
    }

    /** What is in flight, clusters with nothing left out. To be read after the snapshot that it is reported with. */
    SortedMap<String, Integer> inFlight(String group) {
        SortedMap<String, Integer> counts = new TreeMap<>();
        inFlight.getOrDefault(group, new ConcurrentHashMap<>()).forEach((cluster, counter) -> {
            int count = counter.get();
            if (count != 0) {
                counts.put(cluster, count);
            }
        });
        return counts;
    }

    /** All counters, also those at 0. */
    Map<String, Map<String, Integer>> inFlight() {
        Map<String, Map<String, Integer>> all = new TreeMap<>();
        inFlight.forEach((group, clusters) -> {
            Map<String, Integer> counts = new TreeMap<>();
            clusters.forEach((cluster, counter) -> counts.put(cluster, counter.get()));
            all.put(group, counts);
        });
        return all;
    }

    /** Puts a table in the place of the one before. */
    void apply(CompiledTable table) {
        swapTables(tables -> {
            tables.put(table.table().group(), table);
            return tables;
        });
    }

    /** Takes the table of a group away. */
    void remove(String group) {
        swapTables(tables -> {
            tables.remove(group);
            return tables;
        });
    }

    private void swapTables(UnaryOperator<Map<String, CompiledTable>> change) {
        writing.lock();
        try {
            Map<String, CompiledTable> tables =
                    Collections.unmodifiableMap(change.apply(new HashMap<>(current.tables())));
            EntryIndex entries = EntryIndex.of(
                    tables.values().stream().map(CompiledTable::table).toList());
            current = new Snapshot(tables, entries, current.endpoints());
        } finally {
            writing.unlock();
        }
        changed();
    }

    /** Puts what the registry says in the place of what it said before; whether anything is different. */
    boolean apply(ServiceKey service, SortedMap<String, List<Endpoint>> instances) {
        writing.lock();
        try {
            Endpoints before = current.endpoints(service);
            Endpoints after = Endpoints.of(instances, before);
            if (after.isSameAs(before) && current.endpoints().containsKey(service)) {
                return false;
            }
            Map<ServiceKey, Endpoints> endpoints = new HashMap<>(current.endpoints());
            endpoints.put(service, after);
            current = new Snapshot(current.tables(), current.entries(), Collections.unmodifiableMap(endpoints));
        } finally {
            writing.unlock();
        }
        changed();
        return true;
    }

    private void changed() {
        changeListeners.forEach(Runnable::run);
    }
}
