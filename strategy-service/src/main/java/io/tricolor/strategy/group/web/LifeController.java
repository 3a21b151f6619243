package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.web.Bodies.present;
import static io.tricolor.strategy.group.web.Bodies.reason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.kit.command.CommandContext;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** How many instances clusters have, and the end of groups: asked for here with 202, carried out by the reactor. */
@RestController
@RequestMapping("/api/groups/{groupId}")
class LifeController {

    private static final Duration GRACE = Duration.ofMinutes(1);

    private final GroupCommands commands;

    LifeController(GroupCommands commands) {
        this.commands = commands;
    }

    @PostMapping("/clusters/{cluster}/stop")
    @Operation(summary = "Stop a cluster that is out of traffic")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> stop(
            @PathVariable String groupId,
            @PathVariable String cluster,
            @RequestBody Bodies.StopCluster body,
            CommandContext context) {
        String why = reason(body.reason());
        return begin(new StopCluster(groupId, cluster, drainTimeout(body.drainTimeout()), why), context, why);
    }

    @PutMapping("/clusters/{cluster}/instances")
    @Operation(summary = "Change how many instances a cluster has")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> setInstances(
            @PathVariable String groupId,
            @PathVariable String cluster,
            @RequestBody Bodies.SetInstances body,
            CommandContext context) {
        String why = reason(body.reason());
        return begin(
                new SetInstances(
                        groupId,
                        cluster,
                        body.manifest() == null
                                ? present("instances", body.instances())
                                : Objects.requireNonNullElseGet(body.instances(), TreeMap::new),
                        body.manifest(),
                        drainTimeout(body.drainTimeout()),
                        why),
                context,
                why);
    }

    @PostMapping("/decommission")
    @Operation(summary = "Drain, stop and delete a group")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> decommission(
            @PathVariable String groupId, @RequestBody Bodies.Decommission body, CommandContext context) {
        String why = reason(body.reason());
        return begin(
                new DecommissionGroup(
                        groupId,
                        present("confirmation", body.confirmation()),
                        Objects.requireNonNullElse(body.grace(), GRACE),
                        drainTimeout(body.drainTimeout()),
                        why),
                context,
                why);
    }

    /** Possible until the traffic is taken. */
    @DeleteMapping("/decommission")
    @Operation(summary = "Keep a group that is being decommissioned")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> cancel(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable String reason,
            CommandContext context) {
        String why = reason(reason);
        return commands.send(new CancelDecommission(groupId, why), context, why)
                .map(version -> ResponseEntity.noContent()
                        .eTag(Paging.etag(version.version()))
                        .build());
    }

    private Mono<ResponseEntity<Void>> begin(ClusterGroupCommand command, CommandContext context, String why) {
        return commands.send(command, context, why)
                .map(version -> ResponseEntity.accepted()
                        .location(URI.create("/api/groups/" + command.groupId()))
                        .eTag(Paging.etag(version.version()))
                        .build());
    }

    private static Duration drainTimeout(@Nullable Duration asked) {
        return Objects.requireNonNullElse(asked, UpgradePolicy.standard().drainTimeout());
    }
}
