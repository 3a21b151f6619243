package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.web.Bodies.present;
import static io.tricolor.strategy.group.web.Bodies.reason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.routing.InlineIds;
import io.tricolor.routing.RouteStrategyDocument;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.GroupVersion;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.query.GroupFilter;
import io.tricolor.strategy.group.query.GroupLists;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.routing.RouterRegistry;
import io.tricolor.strategy.upgrade.reactor.ClusterObservations;
import io.tricolor.strategy.upgrade.reactor.Observations;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Groups, their clusters and their strategies. Commands answer with the new version as ETag. */
@RestController
@RequestMapping("/api/groups")
class GroupController {

    private static final String YAML = "application/yaml";

    /** Longest list that is shown inline. */
    private static final int MOST_INLINE = 10_000;

    private final GroupCommands commands;
    private final Rules rules;
    private final GroupStreams streams;
    private final GroupLists lists;
    private final ClusterObservations clusters;
    private final Observations observations;
    private final RouterRegistry routers;
    private final Actions actions;
    private final InstantSource clock;

    GroupController(
            GroupCommands commands,
            Rules rules,
            GroupStreams streams,
            GroupLists lists,
            ClusterObservations clusters,
            Observations observations,
            RouterRegistry routers,
            Actions actions,
            InstantSource clock) {
        this.commands = commands;
        this.rules = rules;
        this.streams = streams;
        this.lists = lists;
        this.clusters = clusters;
        this.observations = observations;
        this.routers = routers;
        this.actions = actions;
        this.clock = clock;
    }

    /**
     * A page of groups.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     */
    record GroupPage(List<GroupView> groups, @Nullable String next) {}

    /** Strategies of all clusters at a version of the table. */
    record Strategies(long tableVersion, SortedMap<String, RouteStrategy> strategies) {}

    @PostMapping
    @Operation(summary = "Create a group")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<GroupView>> create(@RequestBody Bodies.CreateGroup body, CommandContext context) {
        String groupId = present("groupId", body.groupId());
        CreateClusterGroup command = new CreateClusterGroup(
                groupId,
                present("application", body.application()),
                present("environment", body.environment()),
                commands.epochSecond(),
                present("clusters", body.clusters()),
                present("entries", body.entries()),
                body.identity() == null ? IdentitySource.standard() : body.identity(),
                body.affinity() == null ? Affinity.ID : body.affinity());
        return commands.create(command, context)
                .flatMap(version -> look(groupId))
                .map(view -> ResponseEntity.created(URI.create("/api/groups/" + groupId))
                        .eTag(Paging.etag(view.version()))
                        .body(view));
    }

    @GetMapping
    @Operation(summary = "Groups, a page at a time")
    Mono<GroupPage> list(
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam(defaultValue = "false") boolean ended,
            @RequestParam(required = false) @Nullable String prefix,
            @RequestParam(required = false) @Nullable String application,
            @RequestParam(required = false) @Nullable List<String> status,
            @RequestParam(required = false) @Nullable String sort,
            Actor actor) {
        Paging.check(limit);
        GroupFilter filter = GroupFilter.of(prefix, application, status, sort, ended);
        return RequestSteps.blocking("groups", () -> {
            GroupLists.Page page = lists.page(filter, after, limit);
            return new GroupPage(
                    page.groups().stream().map(state -> view(state, actor)).toList(), page.next());
        });
    }

    /** A group that has ended is there only for who asks for ended ones as well. */
    @GetMapping("/{groupId}")
    @Operation(summary = "A group with its clusters, its upgrade and what may be done now")
    Mono<ResponseEntity<GroupView>> get(
            @PathVariable String groupId, @RequestParam(defaultValue = "false") boolean ended, Actor actor) {
        return RequestSteps.blocking("group", () -> view(ended ? known(groupId) : streams.existing(groupId), actor))
                .map(GroupController::answer);
    }

    private static ResponseEntity<GroupView> answer(GroupView view) {
        return ResponseEntity.ok().eTag(Paging.etag(view.version())).body(view);
    }

    @PutMapping("/{groupId}")
    @Operation(summary = "Change the routing of a group: entries, identity, affinity")
    Mono<ResponseEntity<GroupView>> change(
            @PathVariable String groupId, @RequestBody Bodies.ChangeGroup body, CommandContext context) {
        return commands.merge(
                        groupId,
                        state -> new ChangeClusterGroup(
                                groupId,
                                body.entries() == null ? state.entries() : body.entries(),
                                body.identity() == null ? state.identity() : body.identity(),
                                body.affinity() == null ? state.affinity() : body.affinity()),
                        context)
                .then(Mono.defer(() -> look(groupId)).map(GroupController::answer));
    }

    @DeleteMapping("/{groupId}")
    @Operation(summary = "Delete a group whose clusters are all RED and stopped")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> delete(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable String reason,
            CommandContext context) {
        String why = reason(reason);
        return commands.send(new DeleteClusterGroup(groupId, why), context, why).map(GroupController::noContent);
    }

    @PostMapping("/{groupId}/clusters")
    @Operation(summary = "Add a cluster")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<GroupView>> addCluster(
            @PathVariable String groupId, @RequestBody Bodies.AddCluster body, CommandContext context) {
        String cluster = present("cluster", body.cluster());
        return commands.send(
                        new io.tricolor.contracts.group.ClusterGroupCommand.AddCluster(groupId, cluster), context, null)
                .flatMap(version -> look(groupId))
                .map(view -> ResponseEntity.created(URI.create("/api/groups/" + groupId + "/clusters/" + cluster))
                        .eTag(Paging.etag(view.version()))
                        .body(view));
    }

    @DeleteMapping("/{groupId}/clusters/{cluster}")
    @Operation(summary = "Remove a cluster")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> removeCluster(
            @PathVariable String groupId, @PathVariable String cluster, CommandContext context) {
        return commands.send(new RemoveCluster(groupId, cluster), context, null).map(GroupController::noContent);
    }

    @GetMapping(path = "/{groupId}/route-strategy", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "Which users each cluster gets")
    Mono<ResponseEntity<Strategies>> strategies(@PathVariable String groupId) {
        return RequestSteps.blocking("group", () -> {
            GroupState state = streams.existing(groupId);
            return ResponseEntity.ok()
                    .eTag(Paging.etag(state.version()))
                    .body(new Strategies(state.tableVersion(), state.strategies()));
        });
    }

    @GetMapping(path = "/{groupId}/route-strategy", produces = YAML)
    @Operation(summary = "Which users each cluster gets, as YAML")
    Mono<ResponseEntity<String>> strategiesAsYaml(@PathVariable String groupId) {
        return RequestSteps.blocking("group", () -> {
            GroupState state = streams.existing(groupId);
            return ResponseEntity.ok()
                    .eTag(Paging.etag(state.version()))
                    .body(new RouteStrategyDocument(state.strategies()).toYaml(rules.contents(), MOST_INLINE));
        });
    }

    @PutMapping(path = "/{groupId}/route-strategy", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "Change which users each cluster gets")
    Mono<ResponseEntity<Strategies>> changeStrategies(
            @PathVariable String groupId, @LargeBody Bodies.ChangeStrategies body, CommandContext context) {
        return direct(groupId, body::toStrategies, reason(body.reason()), context);
    }

    @PutMapping(path = "/{groupId}/route-strategy", consumes = YAML)
    @Operation(summary = "Change which users each cluster gets, by YAML")
    Mono<ResponseEntity<Strategies>> changeStrategiesByYaml(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable String reason,
            @LargeBody LargeBody.Text document,
            CommandContext context) {
        return direct(groupId, keeper -> read(document, keeper), reason(reason), context);
    }

    private static SortedMap<String, RouteStrategy> read(LargeBody.Text document, InlineIds.Keeper keeper) {
        try (Reader text = document.open()) {
            return RouteStrategyDocument.parse(text, keeper).strategies();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Mono<ResponseEntity<Strategies>> direct(
            String groupId,
            Function<InlineIds.Keeper, SortedMap<String, RouteStrategy>> body,
            String reason,
            CommandContext context) {
        return RequestSteps.blocking(
                        "id lists", () -> rules.checked(body.apply(rules.keeper(groupId, context.actor()))))
                .flatMap(strategies ->
                        commands.send(new ChangeRouteStrategies(groupId, strategies, reason), context, reason))
                .then(strategies(groupId));
    }

    @PostMapping("/{groupId}/routers/{routerId}/eviction")
    @Operation(summary = "Wait no longer for a router")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> evict(
            @PathVariable String groupId,
            @PathVariable String routerId,
            @RequestBody Bodies.Reason body,
            CommandContext context) {
        String why = reason(body.reason());
        return RequestSteps.blocking(
                        "registry",
                        () -> routers.bootOf(routerId)
                                .orElseThrow(() ->
                                        new Rejected(Code.ROUTER_NOT_FOUND, "no router " + routerId + " is known")))
                .flatMap(router -> commands.send(new EvictRouter(groupId, routerId, router, why), context, why))
                .map(GroupController::noContent);
    }

    /** Goes on from the present state after others have got ahead, for example because the database was restored. */
    @PostMapping("/{groupId}/epoch")
    @Operation(summary = "Go on from the present state after a restore of the database")
    Mono<ResponseEntity<GroupView>> beginEpoch(
            @PathVariable String groupId, @RequestBody Bodies.Reason body, CommandContext context) {
        String why = reason(body.reason());
        return commands.send(new BeginEpoch(groupId, why), context, why)
                .then(Mono.defer(() -> look(groupId)).map(GroupController::answer));
    }

    private GroupState known(String groupId) {
        return streams.current(groupId)
                .orElseThrow(() -> new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId));
    }

    private Mono<GroupView> look(String groupId) {
        return Actor.current()
                .flatMap(actor -> RequestSteps.blocking("group", () -> view(streams.existing(groupId), actor)));
    }

    private GroupView view(GroupState state, Actor actor) {
        Observation seen = observations.of(state);
        return GroupView.of(
                state,
                clusters.observed(state.groupId()),
                seen,
                clock.instant(),
                actions.of(state, seen, commands.configuredAt(state), actor));
    }

    private static ResponseEntity<Void> noContent(GroupVersion version) {
        return ResponseEntity.noContent().eTag(Paging.etag(version.version())).build();
    }
}
