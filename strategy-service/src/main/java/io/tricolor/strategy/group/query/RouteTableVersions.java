package io.tricolor.strategy.group.query;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Every route table that a group has had. Where a table came from is in the read model, and for what that does not
 * have yet in the end of the stream; tables themselves are folded, and those asked for lately remembered. Blocking;
 * call it off the event loop.
 */
@Component
public class RouteTableVersions {

    private static final int REMEMBERED_TABLES = 64;

    private final GroupStreams streams;
    private final StreamReader reader;
    private final GroupReadModels readModels;
    private final Map<Key, RouteTable> tables = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, RouteTable> eldest) {
            return size() > REMEMBERED_TABLES;
        }
    };

    private record Key(String groupId, long epoch, long version) {}

    RouteTableVersions(GroupStreams streams, StreamReader reader, GroupReadModels readModels) {
        this.streams = streams;
        this.reader = reader;
        this.readModels = readModels;
    }

    /** Tables of the group's present epoch below {@code before} (null: all), newest first. */
    public List<RouteTableVersion> newestFirst(String groupId, @Nullable Long before, int limit) {
        Recent recent = new Recent(readModels.state(groupId).orElse(null));
        reader.forEach(groupId, recent.upTo + 1, recent::take);
        if (recent.state == null) {
            return List.of();
        }
        List<RouteTableVersion> page = new ArrayList<>(recent.versions.reversed().stream()
                .filter(table -> before == null || table.version() < before)
                .limit(limit)
                .toList());
        if (page.size() < limit) {
            page.addAll(readModels.tables(groupId, recent.state.epoch(), recent.upTo, before, limit - page.size()));
        }
        return page;
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
        Optional<RouteTable> table = readModels
                .table(state.groupId(), state.epoch(), version)
                .or(() -> recent(key))
                .flatMap(made ->
                        streams.atSequence(state.groupId(), made.sequence()).routeTable());
        synchronized (tables) {
            table.ifPresent(found -> tables.put(key, found));
        }
        return table;
    }

    private Optional<RouteTableVersion> recent(Key key) {
        return newestFirst(key.groupId(), key.version() + 1, 1).stream()
                .filter(made -> made.epoch() == key.epoch() && made.version() == key.version())
                .findFirst();
    }

    /** Tables of the present epoch that are younger than the read model, oldest first. */
    private static final class Recent {

        private final List<RouteTableVersion> versions = new ArrayList<>();
        private final long upTo;
        private @Nullable GroupState state;

        Recent(@Nullable GroupState from) {
            state = from;
            upTo = from == null ? -1 : from.version();
        }

        void take(StoredEvent stored) {
            GroupState before = state;
            ClusterGroupEvent event = (ClusterGroupEvent) stored.payload();
            GroupState after = Evolver.evolve(before, event);
            state = after;
            if (before != null && before.epoch() != after.epoch()) {
                versions.clear();
            }
            RouteTableVersion.madeBy(before, event, after, stored.sequence(), stored.at(), stored.metadata())
                    .ifPresent(versions::add);
        }
    }
}
