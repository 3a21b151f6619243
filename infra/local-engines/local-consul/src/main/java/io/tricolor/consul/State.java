package io.tricolor.consul;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is stored. Not safe for use by several threads: the {@link Engine} guards it. Indexes only grow: what
 * is gone leaves its index behind, and what is too much of that is merged into a floor below which no answer falls.
 */
final class State {
    /** Tombstones of keys, and of services, beyond this number are merged into the floor, the older half at once. */
    static final int MAX_TOMBSTONES = 10_000;

    private final NavigableMap<String, KvEntry> keys = new TreeMap<>();
    private final NavigableMap<String, Long> tombstones = new TreeMap<>();
    private final Map<String, Long> lockDelays = new HashMap<>();
    private final NavigableMap<String, ServiceEntry> services = new TreeMap<>();
    private final NavigableMap<String, CheckEntry> checks = new TreeMap<>();
    private final NavigableMap<String, SessionEntry> sessions = new TreeMap<>();
    private final Map<String, Long> serviceIndexes = new HashMap<>();
    private long last = 1;
    private long catalog = 1;
    private long checkIndex = 1;
    private long sessionIndex = 1;
    private long kvFloor = 1;
    private long serviceFloor = 1;

    State() {
        CheckEntry node = CheckEntry.ofNode();
        checks.put(node.checkId(), node);
    }

    /** The index of the last change. */
    long last() {
        return last;
    }

    @Nullable
    KvEntry key(String key) {
        return keys.get(key);
    }

    Collection<KvEntry> tree(String prefix) {
        return under(keys, prefix).values();
    }

    /** The index of one key, whether it exists or not. */
    long keyIndex(String key) {
        KvEntry entry = keys.get(key);
        return entry != null ? entry.modifyIndex() : tombstones.getOrDefault(key, kvFloor);
    }

    /** The highest index under a prefix, with what was deleted there. */
    long treeIndex(String prefix) {
        long index = kvFloor;
        for (KvEntry entry : tree(prefix)) {
            index = Math.max(index, entry.modifyIndex());
        }
        for (long tombstone : under(tombstones, prefix).values()) {
            index = Math.max(index, tombstone);
        }
        return index;
    }

    /** Until when nobody can take this key; in the past when anybody can. */
    long lockDelayedUntil(String key) {
        return lockDelays.getOrDefault(key, 0L);
    }

    Collection<ServiceEntry> services() {
        return services.values();
    }

    @Nullable
    ServiceEntry service(String id) {
        return services.get(id);
    }

    List<ServiceEntry> instances(String name) {
        return services.values().stream().filter(s -> s.name().equals(name)).toList();
    }

    Collection<CheckEntry> checks() {
        return checks.values();
    }

    @Nullable
    CheckEntry check(String checkId) {
        return checks.get(checkId);
    }

    /** The checks that count for an instance: its own and those of the node. */
    List<CheckEntry> checksFor(String serviceId) {
        return checks.values().stream()
                .filter(c -> c.serviceId().isEmpty() || c.serviceId().equals(serviceId))
                .sorted(Comparator.comparing((CheckEntry c) -> !c.serviceId().isEmpty())
                        .thenComparing(CheckEntry::checkId))
                .toList();
    }

    List<CheckEntry> checksOf(String serviceId) {
        return checks.values().stream()
                .filter(c -> c.serviceId().equals(serviceId))
                .toList();
    }

    List<String> tagsOf(CheckEntry check) {
        ServiceEntry service = services.get(check.serviceId());
        return service == null ? List.of() : service.tags();
    }

    Collection<SessionEntry> sessions() {
        return sessions.values();
    }

    @Nullable
    SessionEntry session(String id) {
        return sessions.get(id);
    }

    List<KvEntry> heldBy(String sessionId) {
        return keys.values().stream().filter(e -> sessionId.equals(e.session())).toList();
    }

    long serviceIndex(String name) {
        return serviceIndexes.getOrDefault(name, serviceFloor);
    }

    long catalogIndex() {
        return catalog;
    }

    long checkIndex() {
        return checkIndex;
    }

    long sessionIndex() {
        return sessionIndex;
    }

    int keyCount() {
        return keys.size();
    }

    /** Shows a new output of a check whose status did not change; no index moves and nothing is logged. */
    void showOutput(String checkId, String output) {
        CheckEntry check = checks.get(checkId);
        if (check != null) {
            checks.put(checkId, check.with(check.status(), output, check.modifyIndex()));
        }
    }

    /** Takes a change in and adds what it concerns to {@code touched}. */
    void apply(Change change, Collection<Topic> touched) {
        switch (change) {
            case Change.KvPut put -> {
                KvEntry entry = put.entry();
                keys.put(entry.key(), entry);
                tombstones.remove(entry.key());
                advance(entry.modifyIndex());
                touched.add(new Topic.Key(entry.key()));
            }
            case Change.KvDelete delete -> {
                keys.remove(delete.key());
                tombstones.put(delete.key(), delete.index());
                kvFloor = forgetOldest(tombstones, Set.of(), kvFloor);
                advance(delete.index());
                touched.add(new Topic.Key(delete.key()));
            }
            case Change.KvDelay delay -> lockDelays.put(delay.key(), delay.untilEpochMillis());
            case Change.ServicePut put -> {
                ServiceEntry entry = put.entry();
                ServiceEntry before = services.put(entry.id(), entry);
                if (before != null && !before.name().equals(entry.name())) {
                    touchService(before.name(), entry.modifyIndex(), touched);
                }
                touchCatalog(entry.name(), entry.modifyIndex(), touched);
            }
            case Change.ServiceRemove remove -> {
                services.remove(remove.id());
                touchCatalog(remove.name(), remove.index(), touched);
                serviceFloor = forgetOldest(serviceIndexes, names(), serviceFloor);
            }
            case Change.CheckPut put -> {
                checks.put(put.entry().checkId(), put.entry());
                touchChecks(put.entry().serviceName(), put.entry().modifyIndex(), touched);
            }
            case Change.CheckRemove remove -> {
                CheckEntry removed = checks.remove(remove.checkId());
                if (removed != null) {
                    touchChecks(removed.serviceName(), remove.index(), touched);
                }
            }
            case Change.SessionPut put -> {
                sessions.put(put.entry().id(), put.entry());
                touchSessions(put.entry().createIndex(), touched);
            }
            case Change.SessionRemove remove -> {
                sessions.remove(remove.id());
                touchSessions(remove.index(), touched);
            }
            case Change.Indexes indexes -> {
                last = Math.max(last, indexes.last());
                catalog = Math.max(catalog, indexes.catalog());
                checkIndex = Math.max(checkIndex, indexes.checks());
                sessionIndex = Math.max(sessionIndex, indexes.sessions());
                kvFloor = Math.max(kvFloor, indexes.kvFloor());
                serviceFloor = Math.max(serviceFloor, indexes.serviceFloor());
                indexes.services().forEach((name, index) -> serviceIndexes.merge(name, index, Math::max));
            }
        }
    }

    /** Changes that lead from nothing to this state. */
    List<Change> dump(long nowEpochMillis) {
        List<Change> dump = new ArrayList<>();
        dump.add(new Change.Indexes(
                last, catalog, checkIndex, sessionIndex, kvFloor, serviceFloor, Map.copyOf(serviceIndexes)));
        tombstones.forEach((key, index) -> dump.add(new Change.KvDelete(key, index)));
        keys.values().forEach(entry -> dump.add(new Change.KvPut(entry)));
        lockDelays.values().removeIf(until -> until <= nowEpochMillis);
        lockDelays.forEach((key, until) -> dump.add(new Change.KvDelay(key, until)));
        services.values().forEach(entry -> dump.add(new Change.ServicePut(entry)));
        checks.values().forEach(entry -> dump.add(new Change.CheckPut(entry)));
        sessions.values().forEach(entry -> dump.add(new Change.SessionPut(entry)));
        return dump;
    }

    private Set<String> names() {
        Set<String> names = new HashSet<>();
        services.values().forEach(service -> names.add(service.name()));
        return names;
    }

    private void advance(long index) {
        last = Math.max(last, index);
    }

    private void touchService(String name, long index, Collection<Topic> touched) {
        advance(index);
        serviceIndexes.merge(name, index, Math::max);
        touched.add(new Topic.Service(name));
    }

    private void touchCatalog(String name, long index, Collection<Topic> touched) {
        touchService(name, index, touched);
        catalog = Math.max(catalog, index);
        touched.add(new Topic.Catalog());
    }

    private void touchChecks(String serviceName, long index, Collection<Topic> touched) {
        advance(index);
        checkIndex = Math.max(checkIndex, index);
        touched.add(new Topic.Checks());
        for (String name : serviceName.isEmpty() ? names() : Set.of(serviceName)) {
            touchService(name, index, touched);
        }
    }

    private void touchSessions(long index, Collection<Topic> touched) {
        advance(index);
        sessionIndex = Math.max(sessionIndex, index);
        touched.add(new Topic.Sessions());
    }

    private static <V> NavigableMap<String, V> under(NavigableMap<String, V> map, String prefix) {
        return prefix.isEmpty() ? map : map.subMap(prefix, true, prefix + Character.MAX_VALUE, true);
    }

    /**
     * Drops the older half of what is not alive when there is too much of it; returns the floor that takes its place.
     */
    private static long forgetOldest(Map<String, Long> indexes, Set<String> alive, long floor) {
        if (indexes.size() - alive.size() <= MAX_TOMBSTONES) {
            return floor;
        }
        List<Map.Entry<String, Long>> oldest = indexes.entrySet().stream()
                .filter(entry -> !alive.contains(entry.getKey()))
                .sorted(Map.Entry.comparingByValue())
                .limit(MAX_TOMBSTONES / 2)
                .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                .toList();
        long raised = floor;
        for (Map.Entry<String, Long> entry : oldest) {
            indexes.remove(entry.getKey());
            raised = Math.max(raised, entry.getValue());
        }
        return raised;
    }
}
