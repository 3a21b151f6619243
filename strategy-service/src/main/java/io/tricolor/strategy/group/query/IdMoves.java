package io.tricolor.strategy.group.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.IdLists;
import io.tricolor.routing.RequestId;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Which events have moved a user from one cluster to another: the routers' own decision by each table that the group
 * has had, as if all instances that were desired had been healthy. Blocking.
 */
@Component
public class IdMoves {

    private final StreamReader reader;
    private final GroupStreams streams;
    private final IdLists lists;

    IdMoves(StreamReader reader, GroupStreams streams, IdLists lists) {
        this.reader = reader;
        this.streams = streams;
        this.lists = lists;
    }

    /**
     * An event after which a user is routed to another cluster.
     *
     * @param sequence position of the event in the stream
     * @param tableVersion the table by which it is so
     * @param upgradeId the upgrade that did it; null: none did
     * @param from null: nobody took the user's requests before
     * @param to null: nobody takes them any more
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Move(
            long sequence,
            Instant at,
            long epoch,
            long tableVersion,
            @Nullable String actor,
            @Nullable String reason,
            @Nullable String upgradeId,
            @Nullable String from,
            @Nullable String to) {}

    /**
     * Moves, oldest first.
     *
     * @param service that the user calls
     * @param next sequence up to which (inclusive) everything was looked at; null when that is the end
     */
    @Schema(name = "Moves")
    public record Found(
            String service, List<Move> moves, @Nullable Long next) {}

    /**
     * Moves of a user after sequence {@code after} (exclusive; -1 reads from the start). A page may have fewer than
     * {@code limit} although there are more. GROUP_NOT_FOUND when the group never was.
     *
     * @param id null: a request without id
     * @param service null: that of the first entry
     */
    public Found of(String groupId, @Nullable RequestId id, @Nullable String service, long after, int limit) {
        GroupState newest = streams.current(groupId)
                .orElseThrow(() -> new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId));
        String called = service == null ? newest.entries().getFirst().service() : service;
        GroupState start = after < 0 ? null : streams.atSequence(groupId, after);
        Walk walk = new Walk(id, called, limit, start);
        reader.forEachWhile(groupId, after < 0 ? 0 : after + 1, walk::goesOn);
        return new Found(called, walk.moves, walk.last < newest.version() ? walk.last : null);
    }

    private final class Walk {

        private final @Nullable RequestId id;
        private final String service;
        private final int limit;
        private final List<Move> moves = new ArrayList<>();
        private @Nullable GroupState state;
        private @Nullable String where;
        private long last;
        private int scanned;

        Walk(@Nullable RequestId id, String service, int limit, @Nullable GroupState start) {
            this.id = id;
            this.service = service;
            this.limit = limit;
            this.state = start;
            this.where = start == null ? null : cluster(start);
            this.last = start == null ? -1 : start.version();
        }

        boolean goesOn(StoredEvent stored) {
            GroupState before = state;
            ClusterGroupEvent event = (ClusterGroupEvent) stored.payload();
            GroupState after = Evolver.evolve(before, event);
            state = after;
            last = stored.sequence();
            scanned++;
            if (before == null || differ(before, after)) {
                String to = cluster(after);
                if (!Objects.equals(where, to)) {
                    moves.add(move(stored, event, after, where, to));
                    where = to;
                }
            }
            return moves.size() < limit && scanned < PastQuestions.MOST_SCANNED;
        }

        /** The number of instances decides between clusters that match both. */
        private boolean differ(GroupState before, GroupState after) {
            return before.tableVersion() != after.tableVersion()
                    || before.epoch() != after.epoch()
                    || before.deleted() != after.deleted()
                    || !before.clusters().keySet().equals(after.clusters().keySet())
                    || before.clusters().keySet().stream()
                            .anyMatch(name -> instances(before, name) != instances(after, name));
        }

        private int instances(GroupState group, String name) {
            ClusterState cluster = group.clusters().get(name);
            return cluster == null ? 0 : cluster.instances().getOrDefault(service, 0);
        }

        private @Nullable String cluster(GroupState group) {
            return group.routeTable()
                    .filter(table -> !group.deleted() && !group.isTrafficEnded())
                    .map(table -> CompiledTable.of(table, lists))
                    .map(table -> table.decide(id, service, (name, called) -> instances(group, name), 0))
                    .filter(Decision.Routed.class::isInstance)
                    .map(decision -> ((Decision.Routed) decision).cluster())
                    .orElse(null);
        }
    }

    private static Move move(
            StoredEvent stored, ClusterGroupEvent event, GroupState after, @Nullable String from, @Nullable String to) {
        String reason = stored.metadata().get(EventMetadata.REASON);
        RouteStrategiesChanged directed = event instanceof RouteStrategiesChanged e ? e : null;
        return new Move(
                stored.sequence(),
                stored.at(),
                after.epoch(),
                after.tableVersion(),
                stored.metadata().get(EventMetadata.ACTOR),
                reason == null && directed != null ? directed.reason() : reason,
                directed == null ? null : directed.upgradeId(),
                from,
                to);
    }
}
