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
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeStage;
import io.tricolor.contracts.group.ClusterGroupCommand.OverrideFreeze;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.PlanSource;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.plan.PlanTemplate;
import io.tricolor.contracts.plan.PlanTemplateSet;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.security.Roles;
import io.tricolor.strategy.group.domain.GroupVersion;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.query.GroupReadModels;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.TemplateStreams;
import io.tricolor.strategy.group.query.UpgradeView;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
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

/** Upgrades and rollbacks: begun here with 202, carried out by the reactor. */
@RestController
@RequestMapping("/api/groups/{groupId}")
class UpgradeController {

    private final GroupCommands commands;
    private final Rules rules;
    private final GroupStreams streams;
    private final TemplateStreams templates;
    private final GroupReadModels readModels;

    UpgradeController(
            GroupCommands commands,
            Rules rules,
            GroupStreams streams,
            TemplateStreams templates,
            GroupReadModels readModels) {
        this.commands = commands;
        this.rules = rules;
        this.streams = streams;
        this.templates = templates;
        this.readModels = readModels;
    }

    /** Body of a new upgrade; what it names is in place of what the template says. */
    record StartBody(
            @Nullable String template,
            @Nullable Integer templateVersion,
            @Nullable UpgradeMode mode,
            @Nullable String to,
            @Nullable Manifest manifest,
            @Nullable List<Rules.StageBody> stages,
            @Nullable PolicyBody policy,
            @Nullable RollingPolicy rolling,
            @Nullable Boolean overrideFreeze,
            @Nullable String reason) {}

    /** Body of a rollback. */
    record RollbackBody(
            @Nullable String rollbackPointId,
            @Nullable List<Rules.StageBody> stages,
            @Nullable RollingPolicy rolling,
            @Nullable PolicyBody policy,
            @Nullable String reason) {}

    /** Deadlines; the standard ones where missing. */
    record PolicyBody(
            @Nullable Duration startTimeout,
            @Nullable Duration routeTimeout,
            @Nullable Duration drainTimeout,
            @Nullable Duration stopTimeout,
            @Nullable ExpiryPolicy onExpiry,
            @Nullable Duration keepOld) {

        static UpgradePolicy complete(@Nullable PolicyBody body) {
            UpgradePolicy standard = UpgradePolicy.standard();
            if (body == null) {
                return standard;
            }
            return new UpgradePolicy(
                    Objects.requireNonNullElse(body.startTimeout, standard.startTimeout()),
                    Objects.requireNonNullElse(body.routeTimeout, standard.routeTimeout()),
                    Objects.requireNonNullElse(body.drainTimeout, standard.drainTimeout()),
                    Objects.requireNonNullElse(body.stopTimeout, standard.stopTimeout()),
                    Objects.requireNonNullElse(body.onExpiry, standard.onExpiry()),
                    body.keepOld);
        }
    }

    /** Body of an approval; with a hash it is for that plan and no other. */
    record ApprovalBody(
            @Nullable String stage,
            @Nullable String planHash,
            @Nullable String reason) {}

    /** Body of what is done to a stage. */
    record StageNamed(@Nullable String stage, @Nullable String reason) {}

    /** Body of a change of a stage. */
    record ChangeBody(
            Rules.@Nullable StageBody stage, @Nullable String reason) {}

    /** An upgrade that was begun, and the group's version. */
    record Begun(String upgradeId, long version) {}

    /** Upgrades, newest first. */
    record UpgradeList(List<UpgradeDocument> upgrades) {}

    @PostMapping("/upgrades")
    @Operation(summary = "Start an upgrade, or try it out")
    @Parameter(name = DryRun.PARAMETER, in = ParameterIn.QUERY, schema = @Schema(type = "boolean"))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted; carried out by and by",
            content = @Content(schema = @Schema(implementation = Begun.class)))
    @ApiResponse(
            responseCode = "200",
            description = "Tried out: what would happen",
            content = @Content(schema = @Schema(implementation = DryRun.class)))
    Mono<? extends ResponseEntity<?>> start(
            @PathVariable String groupId,
            ServerHttpRequest request,
            @LargeBody StartBody body,
            CommandContext context,
            Actor actor) {
        if (Boolean.TRUE.equals(body.overrideFreeze()) && !actor.has(Roles.ADMIN)) {
            throw new Rejected(Code.FORBIDDEN, "only an " + Roles.ADMIN + " may override freeze windows");
        }
        boolean isDry = DryRun.isAsked(request.getQueryParams());
        String why = reason(body.reason());
        String upgradeId = newId();
        return RequestSteps.blocking("id lists", () -> start(groupId, upgradeId, body, why, context.actor()))
                .flatMap(command -> isDry ? tryOut(command, context) : begin(command, upgradeId, why, context));
    }

    private StartUpgrade start(String groupId, String upgradeId, StartBody body, String why, String actor) {
        PlanTemplateSet set = template(groupId, body);
        PlanTemplate template = set == null ? null : set.template();
        return new StartUpgrade(
                groupId,
                upgradeId,
                present("mode", template == null || body.mode() != null ? body.mode() : template.mode()),
                body.to(),
                present("manifest", body.manifest()),
                template == null || body.stages() != null
                        ? rules.stages(body.stages(), rules.keeper(groupId, actor))
                        : template.stages(),
                template == null || body.policy() != null ? PolicyBody.complete(body.policy()) : template.policy(),
                template == null || body.rolling() != null ? body.rolling() : template.rolling(),
                Boolean.TRUE.equals(body.overrideFreeze()),
                set == null ? null : new PlanSource(set.name(), set.version()),
                null,
                why);
    }

    private @Nullable PlanTemplateSet template(String groupId, StartBody body) {
        String name = body.template();
        if (name == null) {
            if (body.templateVersion() != null) {
                throw new Rejected(Code.INVALID_ARGUMENT, "templateVersion is of a template; name it");
            }
            return null;
        }
        streams.existing(groupId);
        Integer version = body.templateVersion();
        return version == null ? templates.of(groupId).get(groupId, name) : templates.at(groupId, name, version);
    }

    @PostMapping("/rollbacks")
    @Operation(summary = "Go back to an earlier release, or try it out")
    @Parameter(name = DryRun.PARAMETER, in = ParameterIn.QUERY, schema = @Schema(type = "boolean"))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted; carried out by and by",
            content = @Content(schema = @Schema(implementation = Begun.class)))
    @ApiResponse(
            responseCode = "200",
            description = "Tried out: what would happen",
            content = @Content(schema = @Schema(implementation = DryRun.class)))
    Mono<? extends ResponseEntity<?>> rollBack(
            @PathVariable String groupId,
            ServerHttpRequest request,
            @LargeBody RollbackBody body,
            CommandContext context) {
        boolean isDry = DryRun.isAsked(request.getQueryParams());
        String why = reason(body.reason());
        String upgradeId = newId();
        return RequestSteps.blocking(
                        "id lists", () -> rules.stages(body.stages(), rules.keeper(groupId, context.actor())))
                .flatMap(stages -> {
                    var command = new StartRollback(
                            groupId,
                            upgradeId,
                            body.rollbackPointId(),
                            stages,
                            body.rolling(),
                            PolicyBody.complete(body.policy()),
                            why);
                    return isDry ? tryOut(command, context) : begin(command, upgradeId, why, context);
                });
    }

    private Mono<ResponseEntity<?>> tryOut(ClusterGroupCommand command, CommandContext context) {
        return commands.tryOut(command, context)
                .map(tried -> ResponseEntity.ok(DryRun.of(
                        command.groupId(),
                        Objects.requireNonNull(tried.after().upgrade()).plan(),
                        tried.configured())));
    }

    private Mono<ResponseEntity<?>> begin(
            ClusterGroupCommand command, String upgradeId, String why, CommandContext context) {
        return commands.send(command, context.belongingTo(upgradeId), why).map((GroupVersion answer) -> {
            // A repeated request is answered with the upgrade that the first one began.
            String begun = Objects.requireNonNull(answer.upgradeId());
            return ResponseEntity.accepted()
                    .location(URI.create("/api/groups/" + command.groupId() + "/upgrades/" + begun))
                    .eTag(Paging.etag(answer.version()))
                    .body(new Begun(begun, answer.version()));
        });
    }

    private static String newId() {
        return "up-" + UUID.randomUUID();
    }

    @GetMapping("/upgrades")
    @Operation(summary = "Upgrades of a group, newest first")
    Mono<UpgradeList> list(@PathVariable String groupId, @RequestParam(defaultValue = "50") int limit) {
        Paging.check(limit);
        return RequestSteps.blocking("upgrades", () -> {
            streams.existing(groupId);
            return new UpgradeList(readModels.upgrades(groupId, limit).stream()
                    .map(UpgradeDocument::of)
                    .toList());
        });
    }

    @GetMapping("/upgrades/{upgradeId}")
    @Operation(summary = "An upgrade with its plan and position")
    Mono<UpgradeDocument> get(@PathVariable String groupId, @PathVariable String upgradeId) {
        return RequestSteps.blocking("upgrade", () -> {
            Upgrade running = streams.existing(groupId).upgrade();
            if (running != null && running.upgradeId().equals(upgradeId)) {
                return UpgradeDocument.of(
                        UpgradeView.running(groupId, running)); // the read model may be a moment behind
            }
            return readModels
                    .upgrade(groupId, upgradeId)
                    .map(UpgradeDocument::of)
                    .orElseThrow(() -> new Rejected(Code.UPGRADE_NOT_FOUND, groupId + " has no upgrade " + upgradeId));
        });
    }

    @PostMapping("/upgrades/{upgradeId}/pause")
    @Operation(summary = "Pause an upgrade")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> pause(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody Bodies.Reason body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new PauseUpgrade(groupId, upgradeId, why), upgradeId, why, context);
    }

    @PostMapping("/upgrades/{upgradeId}/resume")
    @Operation(summary = "Go on with a paused upgrade")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> resume(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody Bodies.Reason body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new ResumeUpgrade(groupId, upgradeId, why), upgradeId, why, context);
    }

    @PostMapping("/upgrades/{upgradeId}/abort")
    @Operation(summary = "Abort an upgrade: everything goes back")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> abort(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody Bodies.Reason body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new AbortUpgrade(groupId, upgradeId, why), upgradeId, why, context);
    }

    @PostMapping("/upgrades/{upgradeId}/approval")
    @Operation(summary = "Approve the stage that an upgrade waits in")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> approve(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody ApprovalBody body,
            CommandContext context) {
        String why = reason(body.reason());
        String stage = present("stage", body.stage());
        String planHash = body.planHash();
        if (planHash == null) {
            return act(new ApproveStage(groupId, upgradeId, stage, why), upgradeId, why, context);
        }
        return commands.merge(
                        groupId,
                        state -> {
                            PlanHash.require(planHash, state);
                            return new ApproveStage(groupId, upgradeId, stage, why);
                        },
                        context.belongingTo(upgradeId).because(why))
                .map(UpgradeController::accepted);
    }

    @PostMapping("/upgrades/{upgradeId}/skip")
    @Operation(summary = "Skip a stage")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> skip(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody StageNamed body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new SkipStage(groupId, upgradeId, present("stage", body.stage()), why), upgradeId, why, context);
    }

    @PostMapping("/upgrades/{upgradeId}/repeat")
    @Operation(summary = "Do a stage again")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> repeat(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody StageNamed body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new RepeatStage(groupId, upgradeId, present("stage", body.stage()), why), upgradeId, why, context);
    }

    /** For this upgrade alone, and until its end. */
    @PostMapping("/upgrades/{upgradeId}/override-freeze")
    @Operation(summary = "Let an upgrade run in spite of freeze windows")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> overrideFreeze(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @RequestBody Bodies.Reason body,
            CommandContext context) {
        String why = reason(body.reason());
        return act(new OverrideFreeze(groupId, upgradeId, why), upgradeId, why, context);
    }

    /** In place of the stage of the same name, which has not begun. */
    @PostMapping("/upgrades/{upgradeId}/change")
    @Operation(summary = "Change a stage that has not begun")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> change(
            @PathVariable String groupId,
            @PathVariable String upgradeId,
            @LargeBody ChangeBody body,
            CommandContext context) {
        String why = reason(body.reason());
        Rules.StageBody stage = present("stage", body.stage());
        return RequestSteps.blocking(
                        "id lists", () -> rules.stages(List.of(stage), rules.keeper(groupId, context.actor())))
                .flatMap(stages ->
                        act(new ChangeStage(groupId, upgradeId, stages.getFirst(), why), upgradeId, why, context));
    }

    private Mono<ResponseEntity<Void>> act(
            ClusterGroupCommand command, String upgradeId, String why, CommandContext context) {
        return commands.send(command, context.belongingTo(upgradeId), why).map(UpgradeController::accepted);
    }

    private static ResponseEntity<Void> accepted(GroupVersion answer) {
        return ResponseEntity.accepted().eTag(Paging.etag(answer.version())).build();
    }
}
