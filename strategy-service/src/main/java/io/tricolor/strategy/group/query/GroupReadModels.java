package io.tricolor.strategy.group.query;

import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.kit.eventstore.StoredEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Evolver;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
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
    public static final int MODEL = 3;

    /** Distance of two stored states of a group's past, in events. */
    private static final int DISTANCE = 32;

    private static final int REMEMBERED = 1_000;

    /** Threads that make read models anew at the start, when nothing else runs. */
    private static final int REBUILDERS = 2;

    private static final String OUTDATED = """
            select group_id from group_view where model <> :model
            union select group_id from upgrade_view where model <> :model order by group_id
            """;

    private static final Logger log = LoggerFactory.getLogger(GroupReadModels.class);

    private final JdbcClient jdbc;
    private final StreamReader reader;
    private final JsonMapper json = ContractsJson.mapper();

    private final ReadModelRows direct = new Direct();

    /** What was written last, also what was rolled back then: {@link #before} compares. */
    private final Map<String, PastState> stored = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, PastState> eldest) {
            return size() > REMEMBERED;
        }
    };

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
        if (outdated.isEmpty()) {
            return;
        }
        long begun = System.nanoTime();
        AtomicLong events = new AtomicLong();
        Queue<String> left = new ConcurrentLinkedQueue<>(outdated);
        try (ExecutorService threads = Executors.newFixedThreadPool(REBUILDERS)) {
            List<Future<?>> rebuilders = new ArrayList<>();
            for (int i = 0; i < REBUILDERS; i++) {
                rebuilders.add(threads.submit(() -> events.addAndGet(rebuild(left))));
            }
            for (Future<?> rebuilder : rebuilders) {
                rebuilder.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the read models are not up to date", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the read models cannot be brought up to date", e.getCause());
        }
        log.info(
                "made the read models of {} groups anew in form {}, from {} events in {} ms",
                outdated.size(),
                MODEL,
                events.get(),
                (System.nanoTime() - begun) / 1_000_000);
    }

    /** Groups as long as there are any left; how many events they had. */
    private long rebuild(Queue<String> left) {
        BulkRows rows = new BulkRows(jdbc);
        long[] events = new long[1];
        for (String groupId = left.poll(); groupId != null; groupId = left.poll()) {
            for (String table : List.of("group_state", "route_table_version")) {
                jdbc.sql("delete from " + table + " where group_id = :group")
                        .param("group", groupId)
                        .update();
            }
            PastState[] last = new PastState[1];
            reader.forEach(groupId, 0, stored -> {
                last[0] = take(last[0], Fact.of(stored), rows);
                events[0]++;
            });
            if (last[0] != null) {
                rows.group(last[0]);
            }
        }
        rows.flush();
        return events[0];
    }

    @EventHandler
    void on(ClusterGroupEvent event, DomainEventMessage<?> message) {
        PastState before = before(event.groupId()).orElse(null);
        long expected = before == null ? 0 : before.state().version() + 1;
        if (message.getSequenceNumber() < expected) {
            return;
        }
        if (message.getSequenceNumber() > expected) {
            throw new IllegalStateException("read model of " + event.groupId() + " waits for event " + expected
                    + " and got " + message.getSequenceNumber());
        }
        PastState after = take(before, Fact.of(event, message), direct);
        direct.group(after);
        synchronized (stored) {
            stored.put(event.groupId(), after);
        }
    }

    /** What is stored; it is only decoded when it is not what this instance has stored last. */
    private Optional<PastState> before(String groupId) {
        PastState known;
        synchronized (stored) {
            known = stored.get(groupId);
        }
        if (known != null) {
            Long version = jdbc.sql("select version from group_view where group_id = :group and model = :model")
                    .param("group", groupId)
                    .param("model", MODEL)
                    .query(Long.class)
                    .optional()
                    .orElse(null);
            if (version != null && version == known.state().version()) {
                return Optional.of(known);
            }
        }
        return last(groupId);
    }

    /** An event with what is known of it besides. */
    private record Fact(ClusterGroupEvent event, long sequence, Instant at, Map<String, String> metadata) {

        static Fact of(StoredEvent stored) {
            return new Fact((ClusterGroupEvent) stored.payload(), stored.sequence(), stored.at(), stored.metadata());
        }

        static Fact of(ClusterGroupEvent event, DomainEventMessage<?> message) {
            Map<String, String> metadata = new TreeMap<>();
            message.getMetaData().forEach((key, value) -> metadata.put(key, String.valueOf(value)));
            return new Fact(event, message.getSequenceNumber(), message.getTimestamp(), metadata);
        }
    }

    /** All that the next event of a group leads to, but for the state itself. */
    private static PastState take(@Nullable PastState before, Fact fact, ReadModelRows rows) {
        GroupState stateBefore = before == null ? null : before.state();
        GroupState state = Evolver.evolve(stateBefore, fact.event());
        PastState after = before == null ? PastState.first(state, fact.at()) : before.then(state, fact.at());
        upgrades(stateBefore, fact.event(), state, rows);
        RouteTableVersion.madeBy(stateBefore, fact.event(), state, fact.sequence(), fact.at(), fact.metadata())
                .ifPresent(table -> rows.table(state.groupId(), table));
        if ((state.version() + 1) % DISTANCE == 0) {
            rows.past(after);
        }
        return after;
    }

    @ResetHandler
    void reset() {
        // not truncate: readers go on with what is there until the new rows are committed
        for (String table : List.of("group_view", "upgrade_view", "group_state", "route_table_version")) {
            jdbc.sql("delete from " + table).update();
        }
    }

    private static void upgrades(
            @Nullable GroupState before, ClusterGroupEvent event, GroupState after, ReadModelRows rows) {
        if (after.upgrade() != null) {
            rows.upgrade(UpgradeView.running(after.groupId(), after.upgrade()), after.version());
        } else if (before != null && before.upgrade() != null) {
            Upgrade last = before.upgrade();
            UpgradeView view = UpgradeView.running(before.groupId(), last);
            switch (event) {
                case UpgradeCompleted e ->
                    rows.upgrade(view.ended(UpgradeView.Status.COMPLETED, e.at()), after.version());
                case UpgradeAborted e -> rows.upgrade(view.ended(UpgradeView.Status.ABORTED, e.at()), after.version());
                default -> throw new IllegalStateException("upgrade " + last.upgradeId() + " ended by " + event);
            }
        }
    }

    /** The state that the read model holds; it may be behind the stream. */
    public Optional<GroupState> state(String groupId) {
        return last(groupId).map(PastState::state);
    }

    private Optional<PastState> last(String groupId) {
        return jdbc.sql("select state, latest from group_view where group_id = :group and model = :model")
                .param("group", groupId)
                .param("model", MODEL)
                .query(this::past)
                .optional();
    }

    /** A stored state at or before a position; at most some events are between, once the read model is up to date. */
    Optional<GroupState> stateUpTo(String groupId, long sequence) {
        return jdbc.sql("""
                        select state, latest from group_state
                        where group_id = :group and version <= :sequence and model = :model
                        order by version desc limit 1
                        """)
                .param("group", groupId)
                .param("sequence", sequence)
                .param("model", MODEL)
                .query(this::past)
                .optional()
                .map(PastState::state);
    }

    /** A stored state of which no event is after an instant. */
    Optional<GroupState> stateUpTo(String groupId, Instant instant) {
        return jdbc.sql("""
                        select state, latest from group_state
                        where group_id = :group and latest <= :instant and model = :model
                        order by latest desc, version desc limit 1
                        """)
                .param("group", groupId)
                .param("instant", instant.atOffset(ZoneOffset.UTC))
                .param("model", MODEL)
                .query(this::past)
                .optional()
                .map(PastState::state);
    }

    private PastState past(ResultSet row, int number) throws SQLException {
        return new PastState(
                json.readValue(row.getString("state"), GroupState.class),
                row.getTimestamp("latest").toInstant());
    }

    /** Tables of an epoch that were made up to a position, newest first. */
    List<RouteTableVersion> tables(String groupId, long epoch, long upTo, @Nullable Long before, int limit) {
        return jdbc.sql("""
                        select * from route_table_version
                        where group_id = :group and epoch = :epoch and sequence <= :upTo
                            and (:before::bigint is null or version < :before::bigint)
                        order by version desc limit :limit
                        """)
                .param("group", groupId)
                .param("epoch", epoch)
                .param("upTo", upTo)
                .param("before", before)
                .param("limit", limit)
                .query(GroupReadModels::table)
                .list();
    }

    /** Where a table came from, if the read model has it. */
    Optional<RouteTableVersion> table(String groupId, long epoch, long version) {
        return jdbc.sql("""
                        select * from route_table_version
                        where group_id = :group and epoch = :epoch and version = :version
                        """)
                .param("group", groupId)
                .param("epoch", epoch)
                .param("version", version)
                .query(GroupReadModels::table)
                .optional();
    }

    private static RouteTableVersion table(ResultSet row, int number) throws SQLException {
        return new RouteTableVersion(
                row.getLong("version"),
                row.getLong("epoch"),
                row.getTimestamp("at").toInstant(),
                row.getLong("sequence"),
                row.getString("actor"),
                row.getString("reason"),
                row.getString("upgrade_id"),
                row.getString("title"));
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

    /** Row by row, as events come. */
    private final class Direct implements ReadModelRows {

        @Override
        public void past(PastState past) {
            jdbc.sql("""
                            insert into group_state (group_id, version, latest, model, state)
                            values (:group, :version, :latest, :model, :state::jsonb)
                            on conflict (group_id, version) do update set latest = excluded.latest,
                                model = excluded.model,
                                state = excluded.state
                            """)
                    .param("group", past.state().groupId())
                    .param("version", past.state().version())
                    .param("latest", Timestamp.from(past.latest()))
                    .param("model", MODEL)
                    .param("state", json.writeValueAsString(past.state()))
                    .update();
        }

        @Override
        public void table(String groupId, RouteTableVersion table) {
            jdbc.sql("""
                            insert into route_table_version
                                (group_id, epoch, version, sequence, at, actor, reason, upgrade_id, title)
                            values (:group, :epoch, :version, :sequence, :at, :actor, :reason, :upgrade, :title)
                            on conflict (group_id, epoch, version) do nothing
                            """)
                    .param("group", groupId)
                    .param("epoch", table.epoch())
                    .param("version", table.version())
                    .param("sequence", table.sequence())
                    .param("at", Timestamp.from(table.at()))
                    .param("actor", table.actor())
                    .param("reason", table.reason())
                    .param("upgrade", table.upgradeId())
                    .param("title", table.title())
                    .update();
        }

        @Override
        public void group(PastState last) {
            GroupState state = last.state();
            jdbc.sql("""
                            insert into group_view
                                (group_id, version, deleted, application, environment, model, latest, state)
                            values (:group, :version, :deleted, :application, :environment, :model, :latest,
                                    :state::jsonb)
                            on conflict (group_id) do update set version = excluded.version, deleted = excluded.deleted,
                                application = excluded.application, environment = excluded.environment,
                                model = excluded.model, latest = excluded.latest, state = excluded.state
                            """)
                    .param("model", MODEL)
                    .param("group", state.groupId())
                    .param("version", state.version())
                    .param("deleted", state.deleted())
                    .param("application", state.application())
                    .param("environment", state.environment())
                    .param("latest", Timestamp.from(last.latest()))
                    .param("state", json.writeValueAsString(state))
                    .update();
        }

        @Override
        public void upgrade(UpgradeView view, long sequence) {
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
    }
}
