package io.tricolor.strategy.routing;

import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.RouteTableVersions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tables as they go to routers; those that were asked for lately are remembered. Blocking. */
@Component
public class RouteTableDocuments {

    private static final int REMEMBERED = 1_024;

    private final GroupStreams streams;
    private final RouteTableVersions versions;
    private final Map<Key, RouteTableDocument> documents = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, RouteTableDocument> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Key(String groupId, long epoch, long version, boolean deleted) {}

    RouteTableDocuments(GroupStreams streams, RouteTableVersions versions) {
        this.streams = streams;
        this.versions = versions;
    }

    /** The table that a router is to run; empty when the group never was, or no cluster takes requests. */
    Optional<RouteTableDocument> meant(String groupId, @Nullable String routerId) {
        return streams.current(groupId).flatMap(state -> meant(state, routerId));
    }

    /**
     * The same of a state.
     *
     * @param routerId null: what everybody is to run
     */
    public Optional<RouteTableDocument> meant(GroupState state, @Nullable String routerId) {
        if (state.recovering() && !state.deleted()) {
            return Optional.empty();
        }
        long version = state.deleted() ? state.tombstoneVersion() : state.versionFor(routerId);
        Key key = new Key(state.groupId(), state.epoch(), version, state.deleted());
        synchronized (documents) {
            RouteTableDocument known = documents.get(key);
            if (known != null) {
                return Optional.of(known);
            }
        }
        Optional<RouteTableDocument> made = versions.meant(state, routerId).map(RouteTableDocument::of);
        synchronized (documents) {
            made.ifPresent(document -> documents.put(key, document));
        }
        return made;
    }

    /** The table of a state's epoch at a version; empty when it has none. */
    public Optional<RouteTableDocument> at(GroupState state, long version) {
        return versions.find(state, version).map(RouteTableDocument::of);
    }
}
