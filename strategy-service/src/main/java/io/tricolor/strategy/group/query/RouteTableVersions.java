package io.tricolor.strategy.group.query;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Every route table that a group has had, folded from its stream. Where a table came from is remembered, and each
 * call reads only
 * what was appended since; of tables themselves only those asked for lately are. Blocking; call it off the event loop.
 */
@Component
public class RouteTableVersions {

    private static final int REMEMBERED_TABLES = 64;
    private static final int REMEMBERED_INDEXES = 64;

    private final GroupStreams streams;
    private final StreamReader reader;
    private final Map<String, Index> indexes = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Index> eldest) {
            return size() > REMEMBERED_INDEXES;
        }
    };
    private final Map<Key, RouteTable> tables = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, RouteTable> eldest) {
            return size() > REMEMBERED_TABLES;
        }
    };

    private record Key(String groupId, long epoch, long version) {}

    RouteTableVersions(GroupStreams streams, StreamReader reader) {
        this.streams = streams;
        this.reader = reader;
    }

    /** Tables of the group's present epoch below {@code before} (null: all), newest first. */
    public List<RouteTableVersion> newestFirst(String groupId, @Nullable Long before, int limit) {
        return versions(groupId).reversed().stream()
                .filter(table -> before == null || table.version() < before)
                .limit(limit)
                .toList();
    }

    /**
     * The table of the group's present epoch at a version; {@link Rejected} with ROUTE_TABLE_NOT_FOUND when it has
     * none.
     */
    public RouteTable existing(GroupState state, long version) {
        return find(state, version)
                .orElseThrow(() ->
                        new Rejected(Code.ROUTE_TABLE_NOT_FOUND, state.groupId() + " has no route table " + version));
    }

    /**
     * The table that a router is to run; of a deleted group the one that says so. Empty while no cluster takes
     * requests, and while a new epoch waits for its clusters.
     *
     * @param routerId null: what everybody is to run
     */
    public Optional<RouteTable> meant(GroupState state, @Nullable String routerId) {
        if (state.deleted()) {
            return Optional.of(RouteTable.deleted(state.groupId(), state.epoch(), state.tombstoneVersion()));
        }
        return state.hasTable() && !state.recovering() ? find(state, state.versionFor(routerId)) : Optional.empty();
    }

    /**
     * The table of the epoch of {@code state} at a version; empty when it has none, or the group has begun anew
     * since.
     */
    public Optional<RouteTable> find(GroupState state, long version) {
        if (version == state.tableVersion()) {
            return state.routeTable();
        }
        Key key = new Key(state.groupId(), state.epoch(), version);
        synchronized (tables) {
            RouteTable known = tables.get(key);
            if (known != null) {
                return Optional.of(known);
            }
        }
        Optional<RouteTable> table = versions(state.groupId()).stream()
                .filter(made -> made.epoch() == key.epoch() && made.version() == version)
                .findFirst()
                .flatMap(made ->
                        streams.atSequence(state.groupId(), made.sequence()).routeTable());
        synchronized (tables) {
            table.ifPresent(found -> tables.put(key, found));
        }
        return table;
    }

    private List<RouteTableVersion> versions(String groupId) {
        Index index;
        synchronized (indexes) {
            index = indexes.computeIfAbsent(groupId, id -> new Index());
        }
        return index.upToNow(groupId);
    }

    /** Oldest first. */
    private final class Index {

        private final List<RouteTableVersion> versions = new ArrayList<>();
        private @Nullable GroupState state;

        synchronized List<RouteTableVersion> upToNow(String groupId) {
            reader.forEach(groupId, state == null ? 0 : state.version() + 1, this::take);
            return List.copyOf(versions);
        }

        private void take(StoredEvent stored) {
            GroupState before = state;
            ClusterGroupEvent event = (ClusterGroupEvent) stored.payload();
            GroupState after = Evolver.evolve(before, event);
            state = after;
            if (before != null && before.epoch() != after.epoch()) {
                versions.clear();
            }
            if (before != null && after.hasTable() && after.tableVersion() != before.tableVersion()) {
                versions.add(version(stored, event, after));
            }
        }

        private static RouteTableVersion version(StoredEvent stored, ClusterGroupEvent event, GroupState after) {
            RouteStrategiesChanged directed = event instanceof RouteStrategiesChanged e ? e : null;
            String title = directed == null ? null : directed.reason();
            String reason = stored.metadata().get(EventMetadata.REASON);
            return new RouteTableVersion(
                    after.tableVersion(),
                    after.epoch(),
                    stored.at(),
                    stored.sequence(),
                    stored.metadata().get(EventMetadata.ACTOR),
                    reason == null ? title : reason,
                    directed == null ? null : directed.upgradeId(),
                    Objects.equals(title, reason) ? null : title);
        }
    }
}
