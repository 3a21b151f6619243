package io.tricolor.config.namespace.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentDiff;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Compares two namespaces, and searches all of them. */
@RestController
class AcrossController {

    private final Revisions revisions;

    AcrossController(Revisions revisions) {
        this.revisions = revisions;
    }

    /** Two namespaces compared; the sides are named with their revisions. */
    record NamespaceComparison(
            String left,
            String right,
            SortedMap<String, Object> added,
            SortedMap<String, Object> removed,
            SortedMap<String, ContentDiff.Change> changed) {}

    /** A key with its value, or a file with a line of it. */
    record Found(String namespace, long revision, String key, Object value) {}

    /** What was found; {@code next} is the value for {@code after} that reads on, null at the end. */
    record FoundPage(List<Found> found, @Nullable String next) {}

    @GetMapping("/api/config-comparison")
    @Operation(summary = "How two namespaces differ")
    Mono<NamespaceComparison> compare(@RequestParam String left, @RequestParam String right, Actor actor) {
        return RequestSteps.blocking("db.comparison", () -> {
            revisions.whole();
            RevisionView one = find(left);
            RevisionView other = find(right);
            ContentDiff diff = revisions.contentOf(one).diff(revisions.contentOf(other));
            ContentDiff shown = Answers.seesSecrets(actor) ? diff : diff.masked();
            return new NamespaceComparison(name(one), name(other), shown.added(), shown.removed(), shown.changed());
        });
    }

    private static String name(RevisionView revision) {
        return revision.namespace() + "@" + revision.revision();
    }

    private RevisionView find(String text) {
        int at = text.indexOf('@');
        NamespaceId namespace = NamespaceId.of(at < 0 ? text : text.substring(0, at));
        if (at < 0) {
            return revisions
                    .current(namespace)
                    .orElseThrow(() -> new Rejected(Code.NAMESPACE_NOT_FOUND, "there is no namespace " + namespace));
        }
        try {
            return revisions.get(namespace, Long.parseLong(text.substring(at + 1)));
        } catch (NumberFormatException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a revision is a number");
        }
    }

    @GetMapping("/api/config-search")
    @Operation(summary = "Current keys, values and files that have a text")
    Mono<FoundPage> search(
            @RequestParam @Size(min = 2, max = 200) String text,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "100") @Min(1) @Max(500) int limit,
            Actor actor) {
        return RequestSteps.blocking("db.search", () -> {
            revisions.whole();
            List<RevisionView> page = revisions.having(text, after, limit);
            List<Found> found = new ArrayList<>();
            page.forEach(revision -> find(revision, text.toLowerCase(Locale.ROOT), Answers.seesSecrets(actor), found));
            return new FoundPage(
                    found, page.size() < limit ? null : page.getLast().namespace());
        });
    }

    /** Goes by what is shown, so that nobody finds out a masked value by searching for it. */
    private void find(RevisionView revision, String text, boolean secrets, List<Found> found) {
        Answers.Shown shown = Answers.shown(revisions.contentOf(revision), secrets);
        shown.properties().forEach((key, value) -> {
            if (has(key, text) || has(value.toString(), text)) {
                found.add(new Found(revision.namespace(), revision.revision(), key, value));
            }
        });
        for (Map.Entry<String, String> file : shown.files().entrySet()) {
            file.getValue()
                    .lines()
                    .filter(line -> has(line, text) || has(file.getKey(), text))
                    .findFirst()
                    .ifPresent(line -> found.add(new Found(
                            revision.namespace(), revision.revision(), ConfigContent.FILE + file.getKey(), line)));
        }
    }

    private static boolean has(String value, String text) {
        return value.toLowerCase(Locale.ROOT).contains(text);
    }
}
