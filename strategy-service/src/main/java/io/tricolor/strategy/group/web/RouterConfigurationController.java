package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.web.Bodies.present;
import static io.tricolor.strategy.group.web.Bodies.reason;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.RestoreRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.RouterConfigurationMode;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.RouteTableVersions;
import io.tricolor.strategy.routing.RouterRegistry;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Which table each router of a group runs: the newest, the one that is released, or one that it tries before the
 * others.
 */
@RestController
@RequestMapping("/api/groups/{groupId}/router-configuration")
class RouterConfigurationController {

    private final GroupCommands commands;
    private final GroupStreams streams;
    private final RouteTableVersions versions;
    private final RouterRegistry registry;
    private final InstantSource clock;

    RouterConfigurationController(
            GroupCommands commands,
            GroupStreams streams,
            RouteTableVersions versions,
            RouterRegistry registry,
            InstantSource clock) {
        this.commands = commands;
        this.streams = streams;
        this.versions = versions;
        this.registry = registry;
        this.clock = clock;
    }

    /** Body of a whole configuration. */
    record ConfigureBody(
            @Nullable RouterConfigurationMode mode,
            @Nullable Long version,
            @Nullable SortedMap<String, Long> routers,
            @Nullable String reason) {}

    /** Body of a trial; {@code router} is short for a list of one. */
    record CanaryBody(
            @Nullable String router,
            @Nullable List<String> routers,
            @Nullable Long version,
            @Nullable String reason) {

        List<String> all() {
            Set<String> all = new TreeSet<>(routers == null ? List.of() : routers);
            if (router != null) {
                all.add(router);
            }
            return List.copyOf(all);
        }
    }

    /** Body of a release or a rollback. */
    record VersionBody(@Nullable Long version, @Nullable String reason) {}

    @GetMapping
    @Operation(summary = "Which table each router is to run")
    Mono<ResponseEntity<RouterConfigurationView>> get(@PathVariable String groupId) {
        return RequestSteps.blocking("group", () -> {
            GroupState state = streams.existing(groupId);
            return ResponseEntity.ok()
                    .eTag(Paging.etag(state.version()))
                    .body(RouterConfigurationView.of(state, registry.ofGroup(groupId), clock.instant()));
        });
    }

    @PutMapping
    @Operation(summary = "Pin the table of routers, or release them")
    Mono<ResponseEntity<RouterConfigurationView>> configure(
            @PathVariable String groupId, @RequestBody ConfigureBody body, CommandContext context) {
        String why = reason(body.reason());
        SortedMap<String, Long> routers = new TreeMap<>(body.routers() == null ? new TreeMap<>() : body.routers());
        routers.forEach((router, version) -> present("version of " + router, version));
        ConfigureRouters command =
                new ConfigureRouters(groupId, present("mode", body.mode()), body.version(), routers, why);
        return known(groupId, routers.keySet()).then(act(command, why, context));
    }

    @PostMapping("/canary")
    @Operation(summary = "Give a table to some routers first")
    Mono<ResponseEntity<RouterConfigurationView>> tryOut(
            @PathVariable String groupId, @RequestBody CanaryBody body, CommandContext context) {
        String why = reason(body.reason());
        List<String> routers = body.all();
        return known(groupId, routers)
                .then(act(new TryRouteTable(groupId, routers, body.version(), why), why, context));
    }

    @PostMapping("/release")
    @Operation(summary = "Give a table to all routers")
    Mono<ResponseEntity<RouterConfigurationView>> release(
            @PathVariable String groupId, @RequestBody VersionBody body, CommandContext context) {
        String why = reason(body.reason());
        return act(new ReleaseRouteTable(groupId, body.version(), why), why, context);
    }

    @PostMapping("/rollback")
    @Operation(summary = "Make an earlier table the newest")
    Mono<ResponseEntity<RouterConfigurationView>> rollBack(
            @PathVariable String groupId, @RequestBody VersionBody body, CommandContext context) {
        String why = reason(body.reason());
        long version = present("version", body.version());
        return RequestSteps.blocking("stream", () -> versions.existing(streams.existing(groupId), version))
                .flatMap((RouteTable table) -> act(
                        new RestoreRouteTable(
                                groupId,
                                table.epoch(),
                                table.version(),
                                table.entries(),
                                table.identity(),
                                table.affinity(),
                                table.clusters(),
                                why),
                        why,
                        context));
    }

    /** A canary is a router that has reported, or one that is named already: what nobody knows is a slip of the pen. */
    private Mono<Void> known(String groupId, Collection<String> routers) {
        return RequestSteps.blocking("registry", () -> {
                    Set<String> named = streams.existing(groupId)
                            .routerConfiguration()
                            .routers()
                            .keySet();
                    for (String router : routers) {
                        if (!named.contains(router) && registry.bootOf(router).isEmpty()) {
                            throw new Rejected(Code.ROUTER_NOT_FOUND, "no router " + router + " is known");
                        }
                    }
                    return true;
                })
                .then();
    }

    private Mono<ResponseEntity<RouterConfigurationView>> act(
            ClusterGroupCommand command, String why, CommandContext context) {
        return commands.send(command, context, why).then(get(command.groupId()));
    }
}
