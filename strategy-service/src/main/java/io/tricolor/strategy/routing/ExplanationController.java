package io.tricolor.strategy.routing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.Cohort;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.IdLists;
import io.tricolor.routing.RequestId;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.routing.RouterAcks.Ack;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Why a request went where it went: by the tables that routers had applied then, not by those they should have had. */
@RestController
class ExplanationController {

    private static final int MOST_ROUTERS = 500;
    private static final int MOST_INSTANCES = 10_000;

    private final RouterAcks acks;
    private final GroupStreams streams;
    private final RouteTableDocuments documents;
    private final IdLists lists;
    private final InstantSource clock;

    ExplanationController(
            RouterAcks acks, GroupStreams streams, RouteTableDocuments documents, IdLists lists, InstantSource clock) {
        this.acks = acks;
        this.streams = streams;
        this.documents = documents;
        this.lists = lists;
        this.clock = clock;
    }

    /** Where a request of the past went, by each router that is asked about. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Explanation(String group, @Nullable String id, String service, Instant at, List<ByRouter> routers) {}

    /**
     * Where a router sent it.
     *
     * @param since when the router first reported what it decided by then
     * @param tableKnown whether the table is one of the group's, by its hash; else nothing follows
     * @param cluster null: to nobody, or the table is not known
     * @param reason null: the table is not known
     * @param cohort null: of none
     * @param possible clusters that chance might have chosen as well, the chosen one among them
     * @param instances healthy ones of the service that the router knew, by cluster
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ByRouter(
            String router,
            String bootId,
            Instant since,
            long epoch,
            long version,
            String sha256,
            boolean tableKnown,
            @Nullable String cluster,
            @Nullable ClusterStatus status,
            Decision.@Nullable Reason reason,
            @Nullable String cohort,
            SortedSet<String> possible,
            SortedMap<String, Integer> instances) {}

    @GetMapping("/api/groups/{groupId}/explanation")
    @Operation(summary = "Why a request went to a cluster at an instant, by what routers had applied then")
    Mono<Explanation> explain(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable String id,
            @RequestParam(required = false) @Nullable Instant at,
            @RequestParam(required = false) @Nullable String router,
            @RequestParam(required = false) @Nullable String service) {
        RequestId user = RequestId.of(id);
        if (id != null && user == null) {
            throw new Rejected(Code.INVALID_ID, "id is blank or longer than " + RequestId.MAX_BYTES + " bytes");
        }
        Instant then = at == null ? clock.instant() : at;
        if (then.isAfter(clock.instant())) {
            throw new Rejected(Code.INVALID_ARGUMENT, "at is in the past, not " + then);
        }
        return RequestSteps.blocking("acks", () -> {
            GroupState state = streams.atInstant(groupId, then);
            String called = service == null ? state.entries().getFirst().service() : service;
            List<Ack> applied = acks.at(groupId, router, then, MOST_ROUTERS);
            if (router != null && applied.isEmpty()) {
                throw new Rejected(
                        Code.ROUTER_NOT_FOUND,
                        "nothing is kept of what router " + router + " had applied of " + groupId + " at " + then);
            }
            return new Explanation(
                    groupId,
                    user == null ? null : user.text(),
                    called,
                    then,
                    applied.stream().map(ack -> by(ack, state, user, called)).toList());
        });
    }

    private ByRouter by(Ack ack, GroupState state, @Nullable RequestId id, String service) {
        SortedMap<String, Integer> instances = new TreeMap<>();
        ack.usable().keySet().forEach(cluster -> instances.put(cluster, ack.count(cluster, service)));
        CompiledTable table = ack.table().epoch() != state.epoch()
                ? null
                : documents
                        .at(state, ack.table().version())
                        .filter(document -> document.identity().equals(ack.table()))
                        .map(document -> CompiledTable.of(document.table(), lists))
                        .orElse(null);
        SortedSet<String> possible = new TreeSet<>();
        Decision decision = null;
        if (table != null) {
            decision = table.decide(id, service, ack::count, 0);
            boolean isDrawn = id == null || table.table().affinity() == Affinity.NONE;
            int draws = isDrawn
                    ? Math.min(
                            MOST_INSTANCES,
                            instances.values().stream()
                                    .mapToInt(Integer::intValue)
                                    .sum())
                    : 1;
            for (int entropy = 0; entropy < draws; entropy++) {
                if (table.decide(id, service, ack::count, entropy) instanceof Decision.Routed routed) {
                    possible.add(routed.cluster());
                }
            }
        }
        Decision.Routed routed = decision instanceof Decision.Routed one ? one : null;
        Cohort cohort = routed == null ? null : routed.cohort();
        return new ByRouter(
                ack.routerId(),
                ack.bootId(),
                ack.at(),
                ack.table().epoch(),
                ack.table().version(),
                ack.table().sha256(),
                table != null,
                routed == null ? null : routed.cluster(),
                routed == null ? null : routed.status(),
                decision == null ? null : decision.reason(),
                cohort == null ? null : cohort.label(),
                possible,
                instances);
    }
}
