package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.web.Bodies.present;
import static io.tricolor.strategy.group.web.Bodies.reason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.security.Roles;
import io.tricolor.strategy.group.query.GroupReadModels;
import io.tricolor.strategy.group.web.UpgradeController.PolicyBody;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Trains: one upgrade over several groups, which pass each stage together and go back together. */
@RestController
@RequestMapping("/api/trains")
class TrainController {

    private final TrainCommands trains;
    private final Rules rules;
    private final GroupReadModels readModels;

    TrainController(TrainCommands trains, Rules rules, GroupReadModels readModels) {
        this.trains = trains;
        this.rules = rules;
        this.readModels = readModels;
    }

    /** Body of a new train: one plan for all, and what each group is to get. */
    record TrainBody(
            @Nullable UpgradeMode mode,
            @Nullable List<Rules.StageBody> stages,
            @Nullable PolicyBody policy,
            @Nullable List<@Nullable CarBody> groups,
            @Nullable Boolean overrideFreeze,
            @Nullable String reason) {}

    /** What one group of a train is to get. */
    record CarBody(
            @Nullable String groupId,
            @Nullable String to,
            @Nullable Manifest manifest) {}

    /** A train that was begun. */
    record TrainBegun(String trainId, List<String> groups) {}

    /** What would happen to each group of a train. */
    record TrainDryRun(List<DryRun> groups) {}

    /** Trains, the one that began last first. */
    record TrainList(List<TrainView> trains) {}

    @PostMapping
    @Operation(summary = "Start one upgrade over several groups, or try it out")
    @Parameter(name = DryRun.PARAMETER, in = ParameterIn.QUERY, schema = @Schema(type = "boolean"))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted; carried out by and by",
            content = @Content(schema = @Schema(implementation = TrainBegun.class)))
    @ApiResponse(
            responseCode = "200",
            description = "Tried out: what would happen",
            content = @Content(schema = @Schema(implementation = TrainDryRun.class)))
    Mono<ResponseEntity<?>> start(
            ServerHttpRequest request, @LargeBody TrainBody body, CommandContext context, Actor actor) {
        if (Boolean.TRUE.equals(body.overrideFreeze()) && !actor.has(Roles.ADMIN)) {
            throw new Rejected(Code.FORBIDDEN, "only an " + Roles.ADMIN + " may override freeze windows");
        }
        boolean isDry = DryRun.isAsked(request.getQueryParams());
        String trainId = TrainCommands.idOf(context);
        return RequestSteps.blocking("train", () -> {
            List<StartUpgrade> upgrades = upgrades(trainId, body, context.actor());
            if (isDry) {
                return ResponseEntity.ok(new TrainDryRun(trains.tryOut(upgrades, context)));
            }
            trains.start(upgrades, context);
            return ResponseEntity.accepted()
                    .location(URI.create("/api/trains/" + trainId))
                    .body(new TrainBegun(
                            trainId,
                            upgrades.stream().map(StartUpgrade::groupId).toList()));
        });
    }

    private List<StartUpgrade> upgrades(String trainId, TrainBody body, String actor) {
        String why = reason(body.reason());
        UpgradeMode mode = present("mode", body.mode());
        List<CarBody> cars = present("groups", body.groups()).stream()
                .map(car -> present("groups", car))
                .toList();
        Train train = new Train(
                cars.stream().map(car -> present("groupId", car.groupId())).toList());
        if (cars.isEmpty()) {
            throw new Rejected(Code.INVALID_TRAIN, "a train has at least 2 groups");
        }
        List<Stage> stages =
                rules.stages(body.stages(), rules.keeper(train.groups().getFirst(), actor));
        return cars.stream()
                .map(car -> new StartUpgrade(
                        present("groupId", car.groupId()),
                        trainId,
                        mode,
                        car.to(),
                        present("manifest", car.manifest()),
                        stages,
                        PolicyBody.complete(body.policy()),
                        null,
                        Boolean.TRUE.equals(body.overrideFreeze()),
                        null,
                        train,
                        why))
                .toList();
    }

    @GetMapping
    @Operation(summary = "Trains, the one that began last first")
    Mono<TrainList> list(@RequestParam(defaultValue = "50") int limit) {
        Paging.check(limit);
        return RequestSteps.blocking(
                "trains",
                () -> new TrainList(
                        readModels.trains(limit).stream().map(trains::view).toList()));
    }

    @GetMapping("/{trainId}")
    @Operation(summary = "A train and how each of its groups stands")
    Mono<TrainView> get(@PathVariable String trainId) {
        return RequestSteps.blocking("train", () -> trains.view(trainId));
    }

    @PostMapping("/{trainId}/abort")
    @Operation(summary = "Abort a train: every group that runs goes back")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> abort(
            @PathVariable String trainId, @RequestBody Bodies.Reason body, CommandContext context) {
        String why = reason(body.reason());
        return RequestSteps.blocking("train", () -> {
            trains.abort(trainId, why, context);
            return ResponseEntity.accepted().build();
        });
    }

    @PostMapping("/{trainId}/rollback")
    @Operation(summary = "Take every group of a train back, those that are done too")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> rollBack(
            @PathVariable String trainId, @RequestBody Bodies.Reason body, CommandContext context) {
        String why = reason(body.reason());
        return RequestSteps.blocking("train", () -> {
            trains.rollBack(trainId, why, context);
            return ResponseEntity.accepted().build();
        });
    }
}
