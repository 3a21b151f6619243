package io.tricolor.strategy.routing;

import io.tricolor.contracts.router.TableChanges;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.RouterConfiguration;
import io.tricolor.strategy.group.query.GroupScanner;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.NewestEvents.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * What has changed of the tables that a router is to run. For each group it remembers the position of the last event
 * that may have changed
 * a table for some router; a cursor is a position, so that every instance understands it, with the id of the event
 * there, so that a
 * store that was restored does not.
 */
@Component
class TableFeed implements GroupScanner.Listener {

    private static final Pattern CURSOR = Pattern.compile("(\\d{1,18})\\.([A-Za-z0-9-]{0,64})\\.(\\d{1,18})");

    private final GroupScanner scanner;
    private final GroupStreams streams;
    private final RouteTableDocuments documents;

    private final TreeMap<Long, Track> tracksByPosition = new TreeMap<>();
    private final Map<String, Track> tracks = new HashMap<>();

    /** All that decides which table each router of a group is to run. */
    private record Directions(
            long epoch,
            long tableVersion,
            long tombstoneVersion,
            boolean isThere,
            boolean deleted,
            RouterConfiguration configuration) {

        static Directions of(GroupState state) {
            return new Directions(
                    state.epoch(),
                    state.tableVersion(),
                    state.tombstoneVersion(),
                    state.hasTable() && !state.recovering(),
                    state.deleted(),
                    state.routerConfiguration());
        }

        boolean areTheSameFor(String routerId, Directions other) {
            return epoch == other.epoch
                    && isThere == other.isThere
                    && deleted == other.deleted
                    && versionFor(routerId) == other.versionFor(routerId);
        }

        private long versionFor(String routerId) {
            long released = configuration.isPinned() ? configuration.version() : tableVersion;
            return Math.max(released, configuration.routers().getOrDefault(routerId, 0L));
        }
    }

    /** The last change of a group. */
    private static final class Track {

        private final String groupId;
        private final long position;

        /** Null: not known, it was before this instance watched. */
        private final @Nullable Directions now;

        /** Null: not known. */
        private final @Nullable Directions before;

        /** Position from which on {@code before} was in force. */
        private final long beforeFrom;

        /**
         * Those of a state that was read after the change: of it, or of one that is told later. Only to find tables by;
         * what was in force at the change is not known from it.
         */
        private @Nullable Directions read;

        Track(String groupId, long position, @Nullable Directions now, @Nullable Directions before, long beforeFrom) {
            this.groupId = groupId;
            this.position = position;
            this.now = now;
            this.before = before;
            this.beforeFrom = beforeFrom;
            this.read = now;
        }

        /** Whether a router that had everything up to a position is to run another table since. */
        boolean isNews(String routerId, long after) {
            return now == null || before == null || after < beforeFrom || !now.areTheSameFor(routerId, before);
        }

        /** The table that a router is to run; the state is read once, however many routers ask at the same time. */
        synchronized Optional<RouteTableDocument> table(
                String routerId, GroupStreams streams, RouteTableDocuments documents) {
            if (read != null) {
                if (!read.deleted() && !read.isThere()) {
                    return Optional.empty();
                }
                long version = read.deleted() ? read.tombstoneVersion() : read.versionFor(routerId);
                Optional<RouteTableDocument> remembered =
                        documents.remembered(groupId, read.epoch(), version, read.deleted());
                if (remembered.isPresent()) {
                    return remembered;
                }
            }
            GroupState state = streams.current(groupId).orElse(null);
            read = state == null ? null : Directions.of(state);
            return state == null ? Optional.empty() : documents.meant(state, routerId);
        }
    }

    TableFeed(GroupScanner scanner, RouteTableDocuments documents, GroupStreams streams) {
        this.scanner = scanner;
        this.streams = streams;
        this.documents = documents;
        scanner.addListener(this);
    }

    @Override
    public void scanned(String groupId, long position, boolean isNew) {
        Directions now = isNew ? streams.takenIn(groupId).map(Directions::of).orElse(null) : null;
        synchronized (this) {
            Track last = tracks.get(groupId);
            if (last != null) {
                if (now != null && now.equals(last.now)) {
                    return;
                }
                tracksByPosition.remove(last.position);
            }
            Track next =
                    new Track(groupId, position, now, last == null ? null : last.now, last == null ? 0 : last.position);
            tracks.put(groupId, next);
            tracksByPosition.put(position, next);
        }
    }

    /**
     * Where a router is.
     *
     * @param store a position that was scanned by the instance that gave the cursor: which store it is of
     * @param after of the changes up to there the router has those up to this position
     */
    private record Cursor(Position store, long after) {

        static @Nullable Cursor parse(String text) {
            Matcher matcher = CURSOR.matcher(text);
            if (!matcher.matches()) {
                return null;
            }
            return new Cursor(
                    new Position(Long.parseLong(matcher.group(1)), matcher.group(2)), Long.parseLong(matcher.group(3)));
        }

        String text() {
            return store.number() + "." + store.eventId() + "." + after;
        }
    }

    /**
     * Changes after a cursor.
     *
     * @param since null: everything
     * @param patience how long to wait for a change when there is none
     */
    Mono<TableChanges> changes(String routerId, @Nullable String since, Duration patience) {
        return RequestSteps.blocking(
                        "cursor",
                        () -> Optional.ofNullable(since)
                                .map(Cursor::parse)
                                .filter(cursor -> scanner.isOfThisStore(cursor.store())))
                .flatMap(known -> {
                    long after = known.map(Cursor::after).orElse(0L);
                    boolean reset = since != null && known.isEmpty();
                    boolean waits = known.isPresent() && !patience.isZero();
                    Mono<Position> now = scanner.positions().next();
                    Mono<Position> occasion = waits
                            ? scanner.positions()
                                    .filter(position -> isChangedAfter(routerId, after))
                                    .next()
                                    .timeout(patience, now)
                            : now;
                    return occasion.flatMap(
                            position -> RequestSteps.blocking("tables", () -> after(routerId, after, position, reset)));
                });
    }

    private synchronized boolean isChangedAfter(String routerId, long position) {
        return tracksByPosition.tailMap(position, false).values().stream()
                .anyMatch(track -> track.isNews(routerId, position));
    }

    private synchronized List<Track> changedAfter(String routerId, long position) {
        return tracksByPosition.tailMap(position, false).values().stream()
                .filter(track -> track.isNews(routerId, position))
                .toList();
    }

    /** In the order of positions, up to the one that this instance has scanned. */
    private TableChanges after(String routerId, long after, Position scanned, boolean reset) {
        List<TableChanges.Change> tables = new ArrayList<>();
        long bytes = 0;
        long upTo = after;
        for (Track track : changedAfter(routerId, after)) {
            Optional<RouteTableDocument> found = track.table(routerId, streams, documents);
            if (found.isPresent()) {
                RouteTableDocument document = found.get();
                bytes += document.bytes();
                if (bytes > TableChanges.MAX_BYTES && !tables.isEmpty()) {
                    return new TableChanges(new Cursor(scanned, upTo).text(), false, reset, tables);
                }
                tables.add(new TableChanges.Change(
                        track.groupId,
                        document.identity().epoch(),
                        document.identity().version(),
                        document.identity().sha256(),
                        document.json()));
            }
            upTo = track.position;
        }
        // A position that is above what was scanned then is only told again, never missed.
        long reached = Math.max(after, scanned.number());
        return new TableChanges(new Cursor(scanned, reached).text(), true, reset, tables);
    }
}
