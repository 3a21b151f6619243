package io.tricolor.strategy.group.web;

import static io.tricolor.strategy.group.web.Bodies.present;
import static io.tricolor.strategy.group.web.Bodies.reason;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.plan.PlanTemplate;
import io.tricolor.contracts.plan.PlanTemplateSet;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.GroupTemplates;
import io.tricolor.strategy.group.domain.Templates;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.TemplateStreams;
import io.tricolor.strategy.group.web.UpgradeController.PolicyBody;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Templates of plans: how a group is upgraded, whatever the release. {@code If-Match} is on the version of the template
 * of that name, 0 for none; answers carry it as ETag.
 */
@RestController
@RequestMapping("/api/groups/{groupId}/templates")
class TemplateController {

    private final Commands commands;
    private final GroupStreams streams;
    private final TemplateStreams templates;
    private final Rules rules;
    private final InstantSource clock;

    TemplateController(
            Commands commands, GroupStreams streams, TemplateStreams templates, Rules rules, InstantSource clock) {
        this.commands = commands;
        this.streams = streams;
        this.templates = templates;
        this.rules = rules;
        this.clock = clock;
    }

    /** A template as clients send it. */
    record TemplateBody(
            @Nullable UpgradeMode mode,
            @Nullable List<Rules.StageBody> stages,
            @Nullable PolicyBody policy,
            @Nullable RollingPolicy rolling,
            @Nullable String reason) {}

    /**
     * What a template is now, or would be.
     *
     * @param changed whether that is another one than before
     */
    record Written(String name, int version, boolean changed, PlanTemplate template) {}

    /** Templates by name. */
    record TemplateList(List<PlanTemplateSet> templates) {}

    @GetMapping
    @Operation(summary = "Plan templates of a group")
    Mono<TemplateList> list(@PathVariable String groupId) {
        return RequestSteps.blocking("templates", () -> {
            streams.existing(groupId);
            return new TemplateList(List.copyOf(templates.of(groupId).present().values()));
        });
    }

    @GetMapping("/{name}")
    @Operation(summary = "A plan template")
    Mono<ResponseEntity<PlanTemplateSet>> get(
            @PathVariable String groupId,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable Integer version) {
        return RequestSteps.blocking("templates", () -> {
            streams.existing(groupId);
            PlanTemplateSet found =
                    version == null ? templates.of(groupId).get(groupId, name) : templates.at(groupId, name, version);
            return ResponseEntity.ok().eTag(Paging.etag(found.version())).body(found);
        });
    }

    /** With {@code dryRun} nothing is written: the answer says what would be. */
    @PutMapping("/{name}")
    @Operation(summary = "Write a version of a plan template, or say what it would be")
    Mono<ResponseEntity<Written>> put(
            @PathVariable String groupId,
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean dryRun,
            @LargeBody TemplateBody body,
            CommandContext context) {
        String why = reason(body.reason());
        return RequestSteps.blocking("id lists", () -> {
                    streams.existing(groupId);
                    return new PlanTemplate(
                            present("mode", body.mode()),
                            rules.stages(body.stages(), rules.keeper(groupId, context.actor())),
                            PolicyBody.complete(body.policy()),
                            body.rolling());
                })
                .flatMap(template -> write(groupId, name, template, dryRun, why, context));
    }

    private Mono<ResponseEntity<Written>> write(
            String groupId, String name, PlanTemplate template, boolean dryRun, String why, CommandContext context) {
        return RequestSteps.blocking("templates", () -> templates.of(groupId)).flatMap(before -> {
            Mono<Integer> version = dryRun
                    ? Mono.fromSupplier(() -> before.versionWith(groupId, name, template, why, decision(context)))
                    : send(groupId, name, template, why, context);
            return version.map(now -> written(name, now, template, before));
        });
    }

    private static ResponseEntity<Written> written(String name, int version, PlanTemplate template, Templates before) {
        PlanTemplateSet there = before.present().get(name);
        boolean changed = there == null || there.version() != version;
        return ResponseEntity.ok().eTag(Paging.etag(version)).body(new Written(name, version, changed, template));
    }

    private DecisionContext decision(CommandContext context) {
        return new DecisionContext(
                context.actor(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                context.expectedVersion().isPresent()
                        ? (Long) context.expectedVersion().getAsLong()
                        : null);
    }

    @DeleteMapping("/{name}")
    @Operation(summary = "Remove a plan template")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> remove(
            @PathVariable String groupId,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String reason,
            CommandContext context) {
        String why = reason(reason);
        return send(groupId, name, null, why, context)
                .map(version -> ResponseEntity.noContent().build());
    }

    private Mono<Integer> send(
            String groupId, String name, @Nullable PlanTemplate template, String why, CommandContext context) {
        return commands.send(
                new GroupTemplates.Instruction(
                        Templates.streamOf(groupId), groupId, name, template, why, decision(context)),
                context.because(why));
    }
}
