package io.tricolor.strategy.group.query;

import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ResetHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Read models of groups and upgrades. Each event is taken in once: what a table has already is left as it is, and an
 * event that would leave a hole stops the projection.
 */
@Component
@ProcessingGroup(GroupReadModels.PROCESSING_GROUP)
public class GroupReadModels {

    static final String PROCESSING_GROUP = "group-read-models";

    /**
     * Number of the form in which states are stored. It rises with every change of {@link GroupState} or {@link
     * UpgradeView}.
     */
    public static final int MODEL = 2;

    private static final String OUTDATED = """
            select group_id from group_view where model <> :model
            union select group_id from upgrade_view where model <> :model order by group_id
            """;

    private static final String PAGE = """
            select state from group_view
            where model = :model and not deleted and (:after::text is null or group_id > :after::text)
            order by group_id limit :limit
            """;

    private static final Logger log = LoggerFactory.getLogger(GroupReadModels.class);

    private final JdbcClient jdbc;
    private final StreamReader reader;
    private final JsonMapper json = ContractsJson.mapper();

    GroupReadModels(JdbcClient jdbc, StreamReader reader) {
        this.jdbc = jdbc;
        this.reader = reader;
    }

    /**
     * Makes what is stored in another form anew from the stream. Until that is done such rows are not there for any
     * reader.
     */
    void bringUpToDate() {
        List<String> outdated =
                jdbc.sql(OUTDATED).param("model", MODEL).query(String.class).list();
        outdated.forEach(groupId -> {
            GroupState[] state = new GroupState[1];
            reader.forEach(groupId, 0, stored -> {
                GroupState before = state[0];
                ClusterGroupEvent event = (ClusterGroupEvent) stored.payload();
                GroupState after = Evolver.evolve(before, event);
                upgrades(before, event, after);
                state[0] = after;
            });
            if (state[0] != null) {
                store(state[0]);
            }
        });
        if (!outdated.isEmpty()) {
            log.info("made the read models of {} groups anew in form {}", outdated.size(), MODEL);
        }
    }

    @EventHandler
    void on(ClusterGroupEvent event, DomainEventMessage<?> message) {
        GroupState before = state(event.groupId()).orElse(null);
        long expected = before == null ? 0 : before.version() + 1;
        if (message.getSequenceNumber() < expected) {
            return;
        }
        if (message.getSequenceNumber() > expected) {
            throw new IllegalStateException("read model of " + event.groupId() + " waits for event " + expected
                    + " and got " + message.getSequenceNumber());
        }
        GroupState after = Evolver.evolve(before, event);
        store(after);
        upgrades(before, event, after);
    }

    @ResetHandler
    void reset() {
        // not truncate: readers go on with what is there until the new rows are committed
        jdbc.sql("delete from group_view").update();
        jdbc.sql("delete from upgrade_view").update();
    }

    private void store(GroupState state) {
        jdbc.sql("""
                        insert into group_view (group_id, version, deleted, application, environment, model, state)
                        values (:group, :version, :deleted, :application, :environment, :model, :state::jsonb)
                        on conflict (group_id) do update set version = excluded.version, deleted = excluded.deleted,
                            application = excluded.application, environment = excluded.environment,
                            model = excluded.model, state = excluded.state
                        """)
                .param("model", MODEL)
                .param("group", state.groupId())
                .param("version", state.version())
                .param("deleted", state.deleted())
                .param("application", state.application())
                .param("environment", state.environment())
                .param("state", json.writeValueAsString(state))
                .update();
    }

    private void upgrades(@Nullable GroupState before, ClusterGroupEvent event, GroupState after) {
        if (after.upgrade() != null) {
            store(UpgradeView.running(after.groupId(), after.upgrade()), after.version());
        } else if (before != null && before.upgrade() != null) {
            Upgrade last = before.upgrade();
            UpgradeView view = UpgradeView.running(before.groupId(), last);
            switch (event) {
                case UpgradeCompleted e -> store(view.ended(UpgradeView.Status.COMPLETED, e.at()), after.version());
                case UpgradeAborted e -> store(view.ended(UpgradeView.Status.ABORTED, e.at()), after.version());
                default -> throw new IllegalStateException("upgrade " + last.upgradeId() + " ended by " + event);
            }
        }
    }

    private void store(UpgradeView view, long sequence) {
        Instant ended = view.endedAt();
        jdbc.sql("""
                        insert into upgrade_view (group_id, upgrade_id, begun, status, ended_at, model, view)
                        values (:group, :upgrade, :begun, :status, :ended, :model, :view::jsonb)
                        on conflict (group_id, upgrade_id) do update set status = excluded.status,
                            ended_at = excluded.ended_at, model = excluded.model, view = excluded.view
                        """)
                .param("model", MODEL)
                .param("group", view.groupId())
                .param("upgrade", view.upgrade().upgradeId())
                .param("begun", sequence)
                .param("status", view.status().name())
                .param("ended", ended == null ? null : Timestamp.from(ended))
                .param("view", json.writeValueAsString(view))
                .update();
    }

    /** The state that the read model holds; it may be behind the stream. */
    public Optional<GroupState> state(String groupId) {
        return jdbc.sql("select state from group_view where group_id = :group and model = :model")
                .param("group", groupId)
                .param("model", MODEL)
                .query(String.class)
                .optional()
                .map(text -> json.readValue(text, GroupState.class));
    }

    /** Groups that are not deleted, by id, after {@code after}. */
    public List<GroupState> groups(@Nullable String after, int limit) {
        return jdbc
                .sql(PAGE)
                .param("model", MODEL)
                .param("after", after)
                .param("limit", limit)
                .query(String.class)
                .list()
                .stream()
                .map(text -> json.readValue(text, GroupState.class))
                .toList();
    }

    /** Upgrades of a group, newest first. */
    public List<UpgradeView> upgrades(String groupId, int limit) {
        return jdbc
                .sql("""
                        select view from upgrade_view where group_id = :group and model = :model
                        order by begun desc limit :limit
                        """)
                .param("group", groupId)
                .param("model", MODEL)
                .param("limit", limit)
                .query(String.class)
                .list()
                .stream()
                .map(text -> json.readValue(text, UpgradeView.class))
                .toList();
    }

    /** One upgrade. */
    public Optional<UpgradeView> upgrade(String groupId, String upgradeId) {
        return jdbc.sql("""
                        select view from upgrade_view
                        where group_id = :group and upgrade_id = :upgrade and model = :model
                        """)
                .param("group", groupId)
                .param("model", MODEL)
                .param("upgrade", upgradeId)
                .query(String.class)
                .optional()
                .map(text -> json.readValue(text, UpgradeView.class));
    }
}
