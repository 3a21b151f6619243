package io.tricolor.config.namespace.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentDiff;
import io.tricolor.config.namespace.content.ContentReader;
import io.tricolor.config.namespace.content.SecretKeys;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.publication.Publications;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.security.Roles;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Publishes, lists, compares and rolls back revisions. */
@RestController
class NamespaceController {

    private static final String NAMESPACE = "/api/config/{application}/{profile}/{label}";

    private final Publications publications;
    private final Revisions revisions;
    private final ContentReader reader;

    NamespaceController(Publications publications, Revisions revisions, ConfigProperties properties) {
        this.publications = publications;
        this.revisions = revisions;
        this.reader = new ContentReader(properties.maxKeys());
    }

    /**
     * A content: one of the first three, or {@code files}, or both.
     *
     * @param properties flat or nested
     * @param yaml one document
     * @param text in the properties format
     * @param files plain files by their path
     */
    record Content(
            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, Object> properties,

            @Nullable String yaml,
            @Nullable String text,

            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, String> files) {

        /** What it makes of the content before: keys, or files, that are not given stay. */
        UnaryOperator<ConfigContent> read(ContentReader reader) {
            int given = (properties == null ? 0 : 1) + (yaml == null ? 0 : 1) + (text == null ? 0 : 1);
            if (given > 1 || (given == 0 && files == null)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "give the content as exactly one of properties, yaml and text, or files, or both");
            }
            ConfigContent values = given == 0
                    ? null
                    : properties != null
                            ? reader.ofMap(properties)
                            : yaml != null ? reader.ofYaml(yaml) : reader.ofProperties(String.valueOf(text));
            Map<String, String> checked = files == null ? null : reader.files(files);
            return before -> (values == null ? before : values).with(checked == null ? before.files() : checked);
        }
    }

    /**
     * Body of a publication: a content, as in {@link Content}, and why.
     *
     * @param again publish also when nothing changes, to have a revision that knows what is shared now
     */
    record Publication(
            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, Object> properties,

            @Nullable String yaml,
            @Nullable String text,

            @JsonSetter(contentNulls = Nulls.SET) @Nullable Map<String, String> files,

            @Nullable Boolean again,
            @NotBlank @Size(max = 500) String reason) {

        Content content() {
            return new Content(properties, yaml, text, files);
        }
    }

    /** Body of a rollback. */
    record Rollback(
            @Positive long revision,
            @NotBlank @Size(max = 500) String reason) {}

    /** A page of revisions; {@code next} is the value for {@code before} that reads on, null at the end. */
    record RevisionPage(
            List<RevisionView> revisions, @Nullable Long next) {}

    /** A page of namespaces; {@code next} is the value for {@code after} that reads on, null at the end. */
    record NamespacePage(
            List<RevisionView> namespaces, @Nullable String next) {}

    /**
     * A revision with its values, in the order of its document.
     *
     * @param document as it was written, for those who may change it; null when the values came as JSON
     * @param files text by path, masked for those who may not change it
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RevisionWithContent(
            RevisionView revision,
            Map<String, Object> properties,
            ConfigContent.@Nullable Source document,
            Map<String, String> files) {

        static RevisionWithContent of(RevisionView revision, ConfigContent content, boolean secrets) {
            if (secrets) {
                return new RevisionWithContent(revision, content.values(), content.source(), content.files());
            }
            Map<String, String> names = new TreeMap<>(content.files());
            names.replaceAll((path, text) -> SecretKeys.MASK);
            return new RevisionWithContent(revision, SecretKeys.mask(content.values()), null, names);
        }
    }

    /** Two revisions compared. */
    record Comparison(
            long from,
            long to,
            SortedMap<String, Object> added,
            SortedMap<String, Object> removed,
            SortedMap<String, ContentDiff.Change> changed) {}

    @GetMapping("/api/config")
    @Operation(summary = "Namespaces with their newest revision")
    Mono<NamespacePage> namespaces(
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "100") @Min(1) @Max(1000) int limit) {
        return RequestSteps.blocking("db.namespaces", () -> {
            revisions.whole();
            List<RevisionView> page = revisions.namespaces(after, limit);
            return new NamespacePage(
                    page, page.size() < limit ? null : page.getLast().namespace());
        });
    }

    @PostMapping(NAMESPACE + "/revisions")
    @Operation(summary = "Publish a revision")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<RevisionView>> publish(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @Valid @RequestBody Publication body,
            CommandContext context) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        UnaryOperator<ConfigContent> content = body.content().read(reader);
        return RequestSteps.blocking(
                        "publish",
                        () -> publications.publish(
                                namespace, content, Boolean.TRUE.equals(body.again()), body.reason(), context))
                .flatMap(revision -> created(namespace, revision));
    }

    @PostMapping(NAMESPACE + "/rollbacks")
    @Operation(summary = "Publish an earlier revision again")
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    Mono<ResponseEntity<RevisionView>> rollBack(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @Valid @RequestBody Rollback body,
            CommandContext context) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking(
                        "roll-back", () -> publications.rollBack(namespace, body.revision(), body.reason(), context))
                .flatMap(revision -> created(namespace, revision));
    }

    private Mono<ResponseEntity<RevisionView>> created(NamespaceId namespace, long revision) {
        return RequestSteps.blocking("await-read-model", () -> {
            revisions.await(namespace, revision);
            URI location = URI.create("/api/config/" + namespace.toPath() + "/revisions/" + revision);
            String etag = "\"" + revision + "\"";
            return revisions
                    .find(namespace, revision)
                    .map(view -> ResponseEntity.created(location).eTag(etag).body(view))
                    // It is stored, and will be read when the read model is there, for example after a rebuild.
                    .orElseGet(() -> ResponseEntity.accepted()
                            .location(location)
                            .eTag(etag)
                            .build());
        });
    }

    @GetMapping(NAMESPACE + "/revisions")
    @Operation(summary = "Revisions of a namespace, newest first")
    Mono<RevisionPage> list(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "50") @Min(1) @Max(500) int limit) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking("db.revisions", () -> {
            revisions.whole();
            List<RevisionView> page = revisions.list(namespace, before, limit);
            boolean more = page.size() == limit && page.getLast().revision() > 1;
            return new RevisionPage(page, more ? page.getLast().revision() : null);
        });
    }

    /** The values of secrets are masked for those who may not change them. */
    @GetMapping(NAMESPACE + "/revisions/{revision}")
    @Operation(summary = "A revision with its values")
    Mono<ResponseEntity<RevisionWithContent>> get(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @PathVariable String revision,
            Actor actor) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking("db.revision", () -> {
            revisions.whole();
            RevisionView view = find(namespace, revision);
            return ResponseEntity.ok()
                    .eTag("\"" + view.revision() + "\"")
                    .body(RevisionWithContent.of(view, revisions.contentOf(view), seesSecrets(actor)));
        });
    }

    private RevisionView find(NamespaceId namespace, String revision) {
        if (revision.equals("current")) {
            return revisions
                    .current(namespace)
                    .orElseThrow(() -> new Rejected(Code.NAMESPACE_NOT_FOUND, "there is no namespace " + namespace));
        }
        try {
            return revisions.get(namespace, Long.parseLong(revision));
        } catch (NumberFormatException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a revision is a number, or current");
        }
    }

    @GetMapping(NAMESPACE + "/diff")
    @Operation(summary = "How two revisions differ")
    Mono<Comparison> diff(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @RequestParam long from,
            @RequestParam long to,
            Actor actor) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        return RequestSteps.blocking("db.diff", () -> {
            revisions.whole();
            ContentDiff diff = revisions
                    .contentOf(revisions.get(namespace, from))
                    .diff(revisions.contentOf(revisions.get(namespace, to)));
            return comparison(from, to, diff, actor);
        });
    }

    /** What would change if a content were published; {@code to} is then the number that it would get. */
    @PostMapping(NAMESPACE + "/comparison")
    @Operation(summary = "How a content would differ from a revision")
    Mono<Comparison> compare(
            @PathVariable String application,
            @PathVariable String profile,
            @PathVariable String label,
            @RequestBody Content body,
            Actor actor) {
        NamespaceId namespace = NamespaceId.ofPath(application, profile, label);
        UnaryOperator<ConfigContent> content = body.read(reader);
        return RequestSteps.blocking("db.comparison", () -> {
            revisions.whole();
            RevisionView current = revisions.current(namespace).orElse(null);
            long from = current == null ? 0 : current.revision();
            ConfigContent before = current == null ? ConfigContent.EMPTY : revisions.contentOf(current);
            return comparison(from, from + 1, before.diff(content.apply(before)), actor);
        });
    }

    @PostMapping("/api/read-models/rebuild")
    @Operation(summary = "Rebuild the read models from the stream")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> rebuild() {
        return RequestSteps.blocking("rebuild", () -> {
            revisions.rebuild();
            return ResponseEntity.accepted().build();
        });
    }

    private static Comparison comparison(long from, long to, ContentDiff diff, Actor actor) {
        ContentDiff shown = seesSecrets(actor) ? diff : diff.masked();
        return new Comparison(from, to, shown.added(), shown.removed(), shown.changed());
    }

    private static boolean seesSecrets(Actor actor) {
        return actor.has(Roles.CONFIG_EDITOR) || actor.has(Roles.CONFIG_PUBLISHER);
    }
}
