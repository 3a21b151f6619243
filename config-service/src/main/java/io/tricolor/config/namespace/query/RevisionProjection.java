package io.tricolor.config.namespace.query;

import io.tricolor.contracts.Text;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.config.ConfigRolledBack;
import io.tricolor.kit.eventstore.EventMetadata;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ResetHandler;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.messaging.annotation.MetaDataValue;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * One row for each revision. The primary key takes up an event that comes again. Texts of events from before there was
 * a rule for them are mended here.
 */
@Component
@ProcessingGroup(RevisionProjection.GROUP)
class RevisionProjection {

    static final String GROUP = "config-revisions";

    private final JdbcClient jdbc;

    RevisionProjection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @EventHandler
    void on(
            ConfigRevisionPublished event,
            @MetaDataValue(EventMetadata.ACTOR) @Nullable String actor,
            TrackingToken token) {
        insert(
                token,
                event.namespace(),
                event.revision(),
                event.sha256(),
                null,
                event.changedKeys(),
                event.reason(),
                actor,
                event.at());
    }

    @EventHandler
    void on(ConfigRolledBack event, @MetaDataValue(EventMetadata.ACTOR) @Nullable String actor, TrackingToken token) {
        insert(
                token,
                event.namespace(),
                event.revision(),
                event.sha256(),
                event.restored(),
                event.changedKeys(),
                event.reason(),
                actor,
                event.at());
    }

    private void insert(
            TrackingToken token,
            String namespace,
            long revision,
            String sha256,
            @Nullable Long restored,
            List<String> changedKeys,
            String reason,
            @Nullable String actor,
            Instant at) {
        jdbc.sql("""
                        insert into config_revision
                            (namespace, revision, sha256, restored, changed_keys, reason, actor, published_at,
                             position)
                        values (:namespace, :revision, :sha256, :restored, :changedKeys, :reason, :actor, :at, :position)
                        on conflict do nothing
                        """)
                .param("namespace", namespace)
                .param("revision", revision)
                .param("sha256", sha256)
                .param("restored", restored)
                .param("changedKeys", changedKeys.stream().map(Text::mended).toArray(String[]::new))
                .param("reason", Text.mended(reason))
                .param("actor", actor == null ? "" : Text.mended(actor))
                .param("at", Timestamp.from(at))
                .param("position", token.position().orElseThrow())
                .update();
    }

    @ResetHandler
    void reset() {
        jdbc.sql("delete from config_revision").update();
    }
}
