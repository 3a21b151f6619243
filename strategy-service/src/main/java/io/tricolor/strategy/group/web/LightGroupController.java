package io.tricolor.strategy.group.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupFilter;
import io.tricolor.strategy.group.query.GroupLists;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.upgrade.reactor.ClusterObservations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Groups as lists show them, at a small part of what the whole of each costs. */
@RestController
@RequestMapping(path = "/api/groups", params = "fields")
class LightGroupController {

    private final GroupLists lists;
    private final GroupStreams streams;
    private final ClusterObservations clusters;

    LightGroupController(GroupLists lists, GroupStreams streams, ClusterObservations clusters) {
        this.lists = lists;
        this.streams = streams;
        this.clusters = clusters;
    }

    /**
     * A page of groups.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     * @param total how many there are on all pages together; on the first one alone
     */
    record LightPage(
            List<LightGroup> groups,
            @Nullable String next,
            @Nullable Long total) {}

    @GetMapping
    @Operation(summary = "Groups as lists show them")
    Mono<LightPage> list(
            @RequestParam String fields,
            @RequestParam(required = false) @Nullable String prefix,
            @RequestParam(required = false) @Nullable String application,
            @RequestParam(required = false) @Nullable List<String> status,
            @RequestParam(required = false) @Nullable String sort,
            @RequestParam(defaultValue = "false") boolean ended,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "100") int limit) {
        check(fields);
        Paging.check(limit);
        GroupFilter filter = GroupFilter.of(prefix, application, status, sort, ended);
        return RequestSteps.blocking("groups", () -> {
            GroupLists.Page page = lists.page(filter, after, limit);
            Map<String, Map<String, ClusterObserved>> observed = clusters.observed(
                    page.groups().stream().map(GroupState::groupId).toList());
            return new LightPage(
                    page.groups().stream()
                            .map(state -> LightGroup.of(state, observed.getOrDefault(state.groupId(), Map.of())))
                            .toList(),
                    page.next(),
                    after == null ? lists.count(filter) : null);
        });
    }

    /** One group, as it is now: for whoever has the list and hears that it has changed. */
    @GetMapping("/{groupId}")
    @Operation(summary = "A group as lists show it")
    Mono<ResponseEntity<LightGroup>> get(@PathVariable String groupId, @RequestParam String fields) {
        check(fields);
        return RequestSteps.blocking("group", () -> {
            GroupState state = streams.existing(groupId);
            return ResponseEntity.ok()
                    .eTag(Paging.etag(state.version()))
                    .body(LightGroup.of(state, clusters.observed(groupId)));
        });
    }

    private static void check(String fields) {
        if (!fields.equals("light")) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT, "fields is light, or left out for everything; not '" + fields + "'");
        }
    }
}
