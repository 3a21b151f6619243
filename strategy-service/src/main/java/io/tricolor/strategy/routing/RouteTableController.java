package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.query.GroupNotifications;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.RouteTableVersions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Tables for routers, at once or as soon as there is a newer one. */
@RestController
@RequestMapping("/api/route-tables")
class RouteTableController {

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final GroupStreams streams;
    private final RouteTableVersions versions;
    private final GroupNotifications notifications;

    RouteTableController(GroupStreams streams, RouteTableVersions versions, GroupNotifications notifications) {
        this.streams = streams;
        this.versions = versions;
        this.notifications = notifications;
    }

    /** Which groups have a table, and the version that the router that asks is to run. */
    record TableList(List<TableVersion> tables) {}

    /** Table of a group. */
    record TableVersion(String group, long epoch, long version) {}

    @GetMapping
    Mono<TableList> list(@RequestParam(required = false) @Nullable String router) {
        return RequestSteps.blocking(
                "tables",
                () -> new TableList(streams.groupIds().stream()
                        .flatMap(id -> streams.current(id).stream())
                        .filter(state -> !state.deleted() && state.hasTable())
                        .map(state -> new TableVersion(state.groupId(), state.epoch(), state.versionFor(router)))
                        .toList()));
    }

    /**
     * The table that a router is to run; without {@code router} the one that everybody is. With {@code index}, the version that the
     * router has, one that is newer: the answer is held back for up to {@code wait} until there is one, then 304. With {@code epoch}
     * beside it, a table of a later epoch counts as newer whatever its version. ROUTE_TABLE_NOT_FOUND while no cluster of the group
     * takes requests without id.
     */
    @GetMapping("/{groupId}")
    Mono<ResponseEntity<RouteTable>> table(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable Long index,
            @RequestParam(required = false) @Nullable Long epoch,
            @RequestParam(required = false) @Nullable String wait,
            @RequestParam(required = false) @Nullable String router) {
        Duration patience = index == null ? Duration.ZERO : duration(wait);
        Flux<String> occasions = Flux.merge(
                notifications.changes().filter(groupId::equals),
                Flux.just(groupId),
                Flux.interval(LOOK_AGAIN).map(tick -> groupId));
        return patience.isZero()
                ? look(groupId, router).map(table -> answer(groupId, table, index, epoch))
                : occasions
                        .onBackpressureLatest()
                        .concatMap(id -> look(id, router), 1)
                        .filter(table -> table.isPresent() && isNewer(table.get(), index, epoch))
                        .next()
                        .timeout(patience, look(groupId, router))
                        .map(table -> answer(groupId, table, index, epoch));
    }

    private Mono<Optional<RouteTable>> look(String groupId, @Nullable String router) {
        return RequestSteps.blocking("table", () -> versions.meant(streams.existing(groupId), router));
    }

    private static ResponseEntity<RouteTable> answer(
            String groupId, Optional<RouteTable> found, @Nullable Long index, @Nullable Long epoch) {
        RouteTable table = found.orElseThrow(
                () -> new Rejected(Code.ROUTE_TABLE_NOT_FOUND, "no cluster of " + groupId + " takes requests yet"));
        String etag = "\"" + table.epoch() + "." + table.version() + "\"";
        return isNewer(table, index, epoch)
                ? ResponseEntity.ok().eTag(etag).body(table)
                : ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(etag).build();
    }

    /** Without an epoch a lower version is news too: versions of one epoch only rise, so it is of another one. */
    private static boolean isNewer(RouteTable table, @Nullable Long index, @Nullable Long epoch) {
        if (index == null) {
            return true;
        }
        if (epoch == null) {
            return table.version() != index;
        }
        return table.epoch() > epoch || (table.epoch() == epoch && table.version() > index);
    }

    private static Duration duration(@Nullable String wait) {
        if (wait == null) {
            return Duration.ZERO;
        }
        try {
            Duration asked = DurationStyle.detectAndParse(wait);
            if (!asked.isNegative() && asked.compareTo(LONGEST_WAIT) <= 0) {
                return asked;
            }
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "wait is a duration such as 20s, not '" + wait + "'");
        }
        throw new Rejected(Code.INVALID_ARGUMENT, "wait is from 0 to 5m, not '" + wait + "'");
    }
}
