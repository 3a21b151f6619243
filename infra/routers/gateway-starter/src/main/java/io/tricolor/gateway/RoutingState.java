package io.tricolor.gateway;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.routing.Cohort;
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
 * <p><b>Why no request of an older table is ever missing in a count.</b> {@link #admit} decides by the table it read,
 * then increments the
 * counter of the chosen cluster, then reads the reference again, and starts over when the group has another table by
 * then. A
 * report reads the reference, sees table N, and reads the counters after that. Reference and counters are volatile,
 * so all these
 * accesses stand in one order. Take a request that goes on with a table older than N: its second read still saw the
 * older table, so it
 * comes before the write of N, and its increment before that; the report saw N, so its read of the counter comes
 * after the write. The
 * increment is therefore in the count until the request ends. The counters are {@link AtomicInteger}s on purpose: a
 * striped adder is summed up cell by cell and can show 0 while a request is in flight.
 *
 * <p><b>The same for an instance that the registry no longer names.</b> {@link Pinned#sentTo} increments the counter
 * of the instance, then reads the
 * reference, and lets the instance go when it is no longer in it and another one is. Before an instance leaves the
 * reference it is put among those that are
 * leaving, which a report reads after the reference: once a report lacks an instance, it counts every request that
 * may still go to it.
 */
final class RoutingState {

    private volatile Snapshot current = new Snapshot(Map.of(), EntryIndex.of(List.of()), Map.of());
    private final ReentrantLock writing = new ReentrantLock();
    private final ConcurrentMap<String, ConcurrentMap<String, AtomicInteger>> inFlight = new ConcurrentHashMap<>();
    private final ConcurrentMap<Endpoint, Place> leaving = new ConcurrentHashMap<>();
    private final List<ChangeListener> changeListeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> tableListeners = new CopyOnWriteArrayList<>();

    /** Where an instance belongs. */
    private record Place(ServiceKey service, String cluster) {}

    /** Is told what there is to report. */
    @FunctionalInterface
    interface ChangeListener {

        /**
         * Not to block.
         *
         * @param urgent whether somebody waits for it: the last request to a RED cluster, or to an instance that is
         *     gone, has ended
         */
        void changed(String group, boolean urgent);
    }

    /** Tables by group, their entries, and instances by service; taken once per request. */
    record Snapshot(Map<String, CompiledTable> tables, EntryIndex entries, Map<ServiceKey, Endpoints> endpoints) {

        /** Whether requests of this host and path are for a group. */
        boolean hasEntry(@Nullable String host, String path) {
            return entries.find(host, path) != null;
        }

        Endpoints endpoints(ServiceKey key) {
            Endpoints known = endpoints.get(key);
            return known == null ? Endpoints.NONE : known;
        }

        /** The services of a group that something is known of. */
        List<ServiceKey> services(String group) {
            return endpoints.keySet().stream()
                    .filter(service -> service.group().equals(group))
                    .toList();
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
        private boolean closed;
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

        @Nullable
        Cohort cohort() {
            return decision.cohort();
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

        /**
         * Names the instance that the request is sent to now; the one before is let go. False when the registry no
         * longer names it and names
         * others of the cluster: then the request is to go to one of these.
         */
        @SuppressWarnings("ReferenceEquality") // another list object is what says that the instances changed
        synchronized boolean sentTo(Endpoint next) {
            if (closed) {
                return true;
            }
            if (endpoint != null) {
                end(endpoint);
                endpoint = null;
            }
            next.begin();
            List<Endpoint> now = endpointsNow();
            if (now != endpoints() && !isAmong(next, now)) {
                if (!now.isEmpty()) {
                    end(next);
                    return false;
                }
                leaving.put(next, new Place(service, cluster()));
            }
            endpoint = next;
            return true;
        }

        private void end(Endpoint used) {
            if (used.end() == 0 && leaving.containsKey(used)) {
                changed(service.group(), true);
            }
        }

        /** The request is over; calling it once more has no effect. */
        @Override
        public void close() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
                if (endpoint != null) {
                    end(endpoint);
                }
            }
            leave(service.group(), cluster(), counter);
        }
    }

    Snapshot snapshot() {
        return current;
    }

    /**
     * Told of every change of a table or of instances, and when the last request has ended to a cluster that its table
     * sends nobody to, or to a gone instance.
     */
    void onChange(ChangeListener listener) {
        changeListeners.add(listener);
    }

    /** Called after every change of a table. Not to block. */
    void onTables(Runnable listener) {
        tableListeners.add(listener);
    }

    /**
     * Decides a request and counts it.
     *
     * @param seen what there was when an entry was found for the request; it decides when the group has ended since
     */
    Admission admit(@Nullable String host, String path, Caller caller, long entropy, @Nullable Snapshot seen) {
        while (true) {
            Snapshot snapshot = current;
            EntryIndex.Target target = snapshot.entries().find(host, path);
            boolean hasEnded = false;
            if (target == null && seen != null) {
                EntryIndex.Target before = seen.entries().find(host, path);
                if (before != null && !snapshot.tables().containsKey(before.group())) {
                    snapshot = seen;
                    target = before;
                    hasEnded = true;
                }
            }
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
            if (hasEnded || current.tables().get(target.group()) == table) {
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
        if (counter.decrementAndGet() == 0) {
            CompiledTable table = current.tables().get(group);
            Map<String, RouteStrategy> strategies =
                    table == null ? Map.of() : table.table().clusters();
            RouteStrategy strategy = strategies.get(cluster);
            if (strategy == null || strategy.status() == ClusterStatus.RED) {
                changed(group, true);
            } else if (strategy.status() == ClusterStatus.GREEN && isBehindYellow(strategies)) {
                // Not urgent: while no instance of the YELLOW one is healthy, requests come here and end all the time.
                changed(group, false);
            }
        }
    }

    /** Whether a YELLOW cluster takes everybody, so that GREEN ones get nobody. */
    private static boolean isBehindYellow(Map<String, RouteStrategy> strategies) {
        return strategies.values().stream()
                .anyMatch(strategy -> strategy.status() == ClusterStatus.YELLOW
                        && strategy.id().all());
    }

    private static boolean isAmong(Endpoint endpoint, List<Endpoint> endpoints) {
        for (Endpoint one : endpoints) {
            if (one == endpoint) {
                return true;
            }
        }
        return false;
    }

    /**
     * What is in flight to the instances of a group, by cluster, service and id; those with nothing left out.
     *
     * @param seen read before, and reported with it
     */
    SortedMap<String, SortedMap<String, SortedMap<String, Integer>>> inFlightInstances(Snapshot seen, String group) {
        SortedMap<String, SortedMap<String, SortedMap<String, Integer>>> counts = new TreeMap<>();
        for (ServiceKey service : seen.services(group)) {
            seen.endpoints(service)
                    .byCluster()
                    .forEach((cluster, list) -> list.forEach(endpoint -> add(counts, service, cluster, endpoint)));
        }
        leaving.forEach((endpoint, place) -> {
            if (place.service().group().equals(group)
                    && !isAmong(endpoint, seen.endpoints(place.service()).of(place.cluster()))) {
                add(counts, place.service(), place.cluster(), endpoint);
                if (endpoint.inFlight() == 0) {
                    leaving.remove(endpoint);
                }
            }
        });
        return counts;
    }

    private static void add(
            SortedMap<String, SortedMap<String, SortedMap<String, Integer>>> counts,
            ServiceKey service,
            String cluster,
            Endpoint endpoint) {
        int count = endpoint.inFlight();
        if (count > 0) {
            counts.computeIfAbsent(cluster, c -> new TreeMap<>())
                    .computeIfAbsent(service.service(), s -> new TreeMap<>())
                    .merge(endpoint.id(), count, Integer::sum);
        }
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
        apply(table, () -> {});
    }

    /**
     * The same.
     *
     * @param swapped run as soon as requests are decided by the table, before anybody is told
     */
    void apply(CompiledTable table, Runnable swapped) {
        String group = table.table().group();
        swapTables(
                group,
                tables -> {
                    tables.put(group, table);
                    return tables;
                },
                swapped);
    }

    /** Takes the table of a group away; the group has ended. */
    void remove(String group, Runnable swapped) {
        swapTables(
                group,
                tables -> {
                    tables.remove(group);
                    return tables;
                },
                swapped);
    }

    private void swapTables(String group, UnaryOperator<Map<String, CompiledTable>> change, Runnable swapped) {
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
        swapped.run();
        tableListeners.forEach(Runnable::run);
        changed(group, false);
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
            before.byCluster()
                    .forEach((cluster, list) -> list.stream()
                            .filter(endpoint -> !isAmong(endpoint, after.of(cluster)))
                            .forEach(endpoint -> leaving.put(endpoint, new Place(service, cluster))));
            current = new Snapshot(current.tables(), current.entries(), Collections.unmodifiableMap(endpoints));
        } finally {
            writing.unlock();
        }
        changed(service.group(), false);
        return true;
    }

    private void changed(String group, boolean urgent) {
        changeListeners.forEach(listener -> listener.changed(group, urgent));
    }
}
