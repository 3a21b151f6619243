package io.tricolor.config.namespace.web;

import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.SecretKeys;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.security.Roles;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What several controllers answer alike. */
@Component
class Answers {

    private final Revisions revisions;

    Answers(Revisions revisions) {
        this.revisions = revisions;
    }

    /** A content as somebody may see it. */
    record Shown(Map<String, Object> properties, ConfigContent.@Nullable Source document, Map<String, String> files) {}

    static boolean seesSecrets(Actor actor) {
        return actor.has(Roles.CONFIG_EDITOR) || actor.has(Roles.CONFIG_PUBLISHER);
    }

    static Shown shown(ConfigContent content, boolean secrets) {
        if (secrets) {
            return new Shown(content.values(), content.source(), content.files());
        }
        Map<String, String> names = new TreeMap<>(content.files());
        names.replaceAll((path, text) -> SecretKeys.MASK);
        return new Shown(SecretKeys.mask(content.values()), null, names);
    }

    /** A revision that was just made. */
    Mono<ResponseEntity<RevisionView>> created(NamespaceId namespace, long revision) {
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
}
