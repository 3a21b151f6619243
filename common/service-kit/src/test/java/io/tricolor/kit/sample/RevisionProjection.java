package io.tricolor.kit.sample;

import io.tricolor.contracts.config.ConfigRevisionPublished;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ResetHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The latest revision of each namespace, and how many events made it. */
@Component
@ProcessingGroup("revisions")
class RevisionProjection {

    private final JdbcClient jdbc;

    RevisionProjection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @EventHandler
    void on(ConfigRevisionPublished event) {
        if (event.reason().equals("fails until the flag is set")
                && jdbc.sql("select count(*) from revision_view where namespace = 'flag'")
                                .query(Integer.class)
                                .single()
                        == 0) {
            throw new IllegalStateException("no flag yet");
        }
        jdbc.sql("""
                        insert into revision_view (namespace, revision, applied) values (:namespace, :revision, 1)
                        on conflict (namespace) do update set revision = :revision, applied = revision_view.applied + 1
                        """)
                .param("namespace", event.namespace())
                .param("revision", event.revision())
                .update();
    }

    @ResetHandler
    void reset() {
        jdbc.sql("delete from revision_view where namespace <> 'flag'").update();
    }
}
