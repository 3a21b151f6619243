package io.tricolor.strategy.routing;

import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.RouteTableVersions;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tables as they go to routers; those that were asked for lately are remembered. Blocking. */
@Component
public class RouteTableDocuments {

    /** Of all documents that are remembered, in characters. */
    private static final int MOST_REMEMBERED = 8 << 20;

    private final RouteTableVersions versions;
    private final Map<Key, RouteTableDocument> documents = new LinkedHashMap<>(16, 0.75f, true);
    private long remembered;

    private record Key(String groupId, long epoch, long version, boolean deleted) {}

    RouteTableDocuments(RouteTableVersions versions) {
        this.versions = versions;
    }

    /**
     * The table that a router is to run; empty when no cluster takes requests.
     *
     * @param routerId null: what everybody is to run
     */
    public Optional<RouteTableDocument> meant(GroupState state, @Nullable String routerId) {
        if (state.recovering() && !state.deleted()) {
            return Optional.empty();
        }
        long version = state.deleted() ? state.tombstoneVersion() : state.versionFor(routerId);
        return document(
                new Key(state.groupId(), state.epoch(), version, state.deleted()),
                state,
                () -> versions.meant(state, routerId));
    }

    /** The table of a state's epoch at a version; empty when it has none. */
    public Optional<RouteTableDocument> at(GroupState state, long version) {
        return document(
                new Key(state.groupId(), state.epoch(), version, false), state, () -> versions.find(state, version));
    }

    /** A table that was asked for before; empty when it is not remembered. */
    Optional<RouteTableDocument> remembered(String groupId, long epoch, long version, boolean deleted) {
        synchronized (documents) {
            return Optional.ofNullable(documents.get(new Key(groupId, epoch, version, deleted)));
        }
    }

    private Optional<RouteTableDocument> document(Key key, GroupState state, Supplier<Optional<RouteTable>> table) {
        RouteTableDocument known =
                remembered(key.groupId, key.epoch, key.version, key.deleted).orElse(null);
        // What is known of a table that can be made of the state at hand is compared with it: the store may be another.
        boolean isPresent = !key.deleted && key.version == state.tableVersion();
        if (known != null && !isPresent) {
            return Optional.of(known);
        }
        Optional<RouteTable> made = table.get();
        if (known != null && made.isPresent() && made.get().equals(known.table())) {
            return Optional.of(known);
        }
        Optional<RouteTableDocument> document = made.map(RouteTableDocument::of);
        document.ifPresent(fresh -> remember(key, fresh));
        return document;
    }

    private void remember(Key key, RouteTableDocument document) {
        synchronized (documents) {
            RouteTableDocument before = documents.put(key, document);
            remembered += document.json().length()
                    - (before == null ? 0 : before.json().length());
            Iterator<RouteTableDocument> eldest = documents.values().iterator();
            while (remembered > MOST_REMEMBERED && documents.size() > 1 && eldest.hasNext()) {
                remembered -= eldest.next().json().length();
                eldest.remove();
            }
        }
    }
}
