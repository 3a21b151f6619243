package io.tricolor.config.namespace.web;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentDiff;
import io.tricolor.config.namespace.content.ContentReader;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.draft.DraftView;
import io.tricolor.config.namespace.draft.Drafts;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Writes, shows, publishes and drops the draft of a namespace. {@code If-Match} is on the version of the draft. */
@RestController
@RequestMapping("/api/config/{application}/{profile}/{label}/draft")
class DraftController {

    private final Drafts drafts;
    private final Revisions revisions;
    private final ContentReader reader;
    private final Answers answers;

    DraftController(Drafts drafts, Revisions revisions, Answers answers, ConfigProperties properties) {
        this.drafts = drafts;
        this.revisions = revisions;
        this.answers = answers;
        this.reader = new ContentReader(properties.maxKeys());
    }

    /**
     * Body of a draft: a content, as in {@link NamespaceController.Content}.
     *
     * @param base revision that it is made on, where it is not that of the draft before, or the current one
     */
    record DraftContent(
            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, Object> properties,

            @Nullable String yaml,
            @Nullable String text,

            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, String> files,

            @Nullable Long base) {}

    /** Why it is published. */
    record DraftPublication(@NotBlank @Size(max = 500) String reason) {}

    /** A draft with its values, and how it differs from what is current. */
    record DraftWithContent(
            DraftView draft,
            Map<String, Object> properties,
            ConfigContent.@Nullable Source document,
            Map<String, String> files,
            SortedMap<String, Object> added,
            SortedMap<String, Object> removed,
            SortedMap<String, ContentDiff.Change> changed) {}

    @GetMapping
    @Operation(summary = "The draft, and how it differs from what is current")
    Mono<ResponseEntity<DraftWithContent>> get(
            @PathVariable String application, @PathVariable String profile, @PathVariable String label, Actor actor) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking("db.draft", () -> {
            revisions.whole();
            DraftView draft = drafts.get(namespace);
            RevisionView current = revisions.current(namespace).orElse(null);
            ConfigContent before = current == null ? ConfigContent.EMPTY : revisions.contentOf(current);
            ConfigContent content = drafts.contentOf(draft);
            boolean secrets = Answers.seesSecrets(actor);
            ContentDiff diff =
                    secrets ? before.diff(content) : before.diff(content).masked();
            Answers.Shown shown = Answers.shown(content, secrets);
            return ResponseEntity.ok()
                    .eTag("\"" + draft.version() + "\"")
                    .body(new DraftWithContent(
                            draft,
                            shown.properties(),
                            shown.document(),
                            shown.files(),
                            diff.added(),
                            diff.removed(),
                            diff.changed()));
        });
    }

    @PutMapping
    @Operation(summary = "Write the draft")
    Mono<ResponseEntity<DraftView>> save(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @RequestBody DraftContent body,
            CommandContext context) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        UnaryOperator<ConfigContent> change =
                new NamespaceController.Content(body.properties(), body.yaml(), body.text(), body.files()).read(reader);
        return RequestSteps.blocking("db.draft", () -> {
            revisions.whole();
            DraftView draft = drafts.save(namespace, change, body.base(), expected(context), context.actor());
            return ResponseEntity.ok().eTag("\"" + draft.version() + "\"").body(draft);
        });
    }

    @DeleteMapping
    @Operation(summary = "Throw the draft away")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> drop(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            CommandContext context) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking("db.draft", () -> {
            drafts.drop(namespace, expected(context));
            return ResponseEntity.noContent().build();
        });
    }

    @PostMapping("/publication")
    @Operation(summary = "Make the draft the current revision")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<RevisionView>> publish(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @Valid @RequestBody DraftPublication body,
            CommandContext context) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking(
                        "publish", () -> drafts.publish(namespace, expected(context), body.reason(), context))
                .flatMap(revision -> answers.created(namespace, revision));
    }

    private static @Nullable Long expected(CommandContext context) {
        return context.expectedVersion().isPresent()
                ? (Long) context.expectedVersion().getAsLong()
                : null;
    }
}
