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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ResetHandler;
import org.axonframework.messaging.Message;
import org.axonframework.messaging.unitofwork.BatchingUnitOfWork;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Read models of groups and upgrades. Each event is taken in once: what a table has already is left as it is, and an
 * event that would leave a hole stops the projection. What a batch of events leads to is written at its end.
 */
@Component
@ProcessingGroup(GroupReadModels.PROCESSING_GROUP)
public class GroupReadModels {

    static final String PROCESSING_GROUP = "group-read-models";

    /**
     * Number of the form in which states are stored. It rises with every change of {@link GroupState} or {@link
     * UpgradeView}.
     */
    public static final int MODEL = 4;

    /** Distance of two stored states of a group's past, in events. */
    private static final int DISTANCE = 32;

    private static final int REMEMBERED = 1_000;

    /** Are kept before they are written, where that is not done at the end of a batch. */
    private static final int MOST_ROWS = 500;

    private static final String BATCH = GroupReadModels.class.getName() + ".batch";

    private static final String STORE_GROUP = """
            insert into group_view
                (group_id, version, deleted, application, environment, model, latest, state)
            values (?, ?, ?, ?, ?, ?, ?, ?::jsonb)
            on conflict (group_id) do update set version = excluded.version, deleted = excluded.deleted,
                application = excluded.application, environment = excluded.environment,
                model = excluded.model, latest = excluded.latest, state = excluded.state
            """;

    private static final String STORE_UPGRADE = """
            insert into upgrade_view (group_id, upgrade_id, begun, status, ended_at, model, view)
            values (?, ?, ?, ?, ?, ?, ?::jsonb)
            on conflict (group_id, upgrade_id) do update set status = excluded.status,
                ended_at = excluded.ended_at, model = excluded.model, view = excluded.view
            """;

    private static final String STORE_STATE = """
            insert into group_state (group_id, version, latest, model, state) values (?, ?, ?, ?, ?::jsonb)
            on conflict (group_id, version) do update set latest = excluded.latest, model = excluded.model,
                state = excluded.state
            """;

    private static final String STORE_TABLE = """
            insert into route_table_version (group_id, epoch, version, sequence, at, actor, reason, upgrade_id, title)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (group_id, epoch, version) do nothing
            """;

    private static final String OUTDATED = """
            select group_id from group_view where model <> :model
            union select group_id from upgrade_view where model <> :model order by group_id
            """;

    private static final Logger log = LoggerFactory.getLogger(GroupReadModels.class);

    private final JdbcClient jdbc;
    private final JdbcTemplate batches;
    private final StreamReader reader;
    private final JsonMapper json = ContractsJson.mapper();

    /** What was written last, also what was rolled back then: {@link #before} compares. */
    private final Map<String, PastState> stored = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, PastState> eldest) {
            return size() > REMEMBERED;
        }
    };

    GroupReadModels(JdbcClient jdbc, JdbcTemplate batches, StreamReader reader) {
        this.jdbc = jdbc;
        this.batches = batches;
        this.reader = reader;
    }

    /**
     * Makes what is stored in another form anew from the stream. Until that is done such rows are not there for any
     * reader.
     */
    void bringUpToDate() {
        List<String> outdated =
                jdbc.sql(OUTDATED).param("model", MODEL).query(String.class).list();
        long begun = System.nanoTime();
        long[] events = new long[1];
        outdated.forEach(groupId -> {
            jdbc.sql("delete from group_state where group_id = :group")
                    .param("group", groupId)
                    .update();
            jdbc.sql("delete from route_table_version where group_id = :group")
                    .param("group", groupId)
                    .update();
            Rows rows = new Rows();
            PastState[] last = new PastState[1];
            reader.forEach(groupId, 0, event -> {
                last[0] = take(last[0], Fact.of(event), rows);
                events[0]++;
                if (rows.size() > MOST_ROWS) {
                    write(rows);
                }
            });
            write(rows);
        });
        if (!outdated.isEmpty()) {
            log.info(
                    "made the read models of {} groups anew in form {}, from {} events in {} ms",
                    outdated.size(),
                    MODEL,
                    events[0],
                    (System.nanoTime() - begun) / 1_000_000);
        }
    }

    /** What is to be written: of each group the newest state alone. Times are those of the rows. */
    private static final class Rows {

        private final Map<String, PastState> groups = new LinkedHashMap<>();
        private final List<@Nullable Object[]> upgrades = new ArrayList<>();
        private final List<Object[]> states = new ArrayList<>();
        private final List<@Nullable Object[]> tables = new ArrayList<>();

        int size() {
            return upgrades.size() + states.size() + tables.size();
        }
    }

    /** A batch of events that are taken in together, and the versions of their groups that are stored. */
    private record Batch(Rows rows, Map<String, Long> stored) {}

    @EventHandler
    void on(ClusterGroupEvent event, DomainEventMessage<?> message) {
        UnitOfWork<?> unit = CurrentUnitOfWork.get();
        Batch batch = unit.getOrComputeResource(BATCH, key -> begin(unit));
        PastState before = before(event.groupId(), batch).orElse(null);
        long expected = before == null ? 0 : before.state().version() + 1;
        if (message.getSequenceNumber() < expected) {
            return;
        }
        if (message.getSequenceNumber() > expected) {
            throw new IllegalStateException("read model of " + event.groupId() + " waits for event " + expected
                    + " and got " + message.getSequenceNumber());
        }
        take(before, Fact.of(event, message), batch.rows());
    }

    private Batch begin(UnitOfWork<?> unit) {
        List<? extends Message<?>> messages =
                unit instanceof BatchingUnitOfWork<?> batching ? batching.getMessages() : List.of(unit.getMessage());
        String[] groupIds = messages.stream()
                .filter(DomainEventMessage.class::isInstance)
                .map(message -> ((DomainEventMessage<?>) message).getAggregateIdentifier())
                .distinct()
                .toArray(String[]::new);
        Map<String, Long> stored = new HashMap<>();
        jdbc.sql("select group_id, version from group_view where group_id = any(:groups::text[]) and model = :model")
                .param("groups", groupIds)
                .param("model", MODEL)
                .query(row -> {
                    stored.put(row.getString(1), row.getLong(2));
                });
        Rows rows = new Rows();
        unit.onPrepareCommit(end -> {
            Map<String, PastState> written = new LinkedHashMap<>(rows.groups);
            write(rows);
            synchronized (this.stored) {
                this.stored.putAll(written);
            }
        });
        return new Batch(rows, stored);
    }

    /** What is stored, or about to be; it is only decoded when it is not what this instance has stored last. */
    private Optional<PastState> before(String groupId, Batch batch) {
        PastState known = batch.rows().groups.get(groupId);
        if (known != null) {
            return Optional.of(known);
        }
        synchronized (stored) {
            known = stored.get(groupId);
        }
        Long version = batch.stored().get(groupId);
        if (version == null) {
            return Optional.empty();
        }
        return known != null && version == known.state().version() ? Optional.of(known) : last(groupId);
    }

    private void write(Rows rows) {
        batches.batchUpdate(STORE_UPGRADE, rows.upgrades);
        batches.batchUpdate(STORE_TABLE, rows.tables);
        batches.batchUpdate(STORE_STATE, rows.states);
        batches.batchUpdate(
                STORE_GROUP, rows.groups.values().stream().map(this::group).toList());
        rows.upgrades.clear();
        rows.tables.clear();
        rows.states.clear();
        rows.groups.clear();
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

    /** All that the next event of a group leads to. */
    private PastState take(@Nullable PastState before, Fact fact, Rows rows) {
        GroupState stateBefore = before == null ? null : before.state();
        GroupState state = Evolver.evolve(stateBefore, fact.event());
        PastState after = before == null ? PastState.first(state, fact.at()) : before.then(state, fact.at());
        rows.groups.put(state.groupId(), after);
        upgrade(stateBefore, fact.event(), state).ifPresent(view -> rows.upgrades.add(upgrade(view, state.version())));
        RouteTableVersion.madeBy(stateBefore, fact.event(), state, fact.sequence(), fact.at(), fact.metadata())
                .ifPresent(table -> rows.tables.add(table(state.groupId(), table)));
        if ((state.version() + 1) % DISTANCE == 0) {
            rows.states.add(state(after));
        }
        return after;
    }

    private Object[] state(PastState past) {
        return new Object[] {
            past.state().groupId(),
            past.state().version(),
            Timestamp.from(past.latest()),
            MODEL,
            json.writeValueAsString(past.state())
        };
    }

    private static @Nullable Object[] table(String groupId, RouteTableVersion table) {
        return new @Nullable Object[] {
            groupId,
            table.epoch(),
            table.version(),
            table.sequence(),
            Timestamp.from(table.at()),
            table.actor(),
            table.reason(),
            table.upgradeId(),
            table.title()
        };
    }

    private Object[] group(PastState last) {
        GroupState state = last.state();
        return new Object[] {
            state.groupId(),
            state.version(),
            state.deleted(),
            state.application(),
            state.environment(),
            MODEL,
            Timestamp.from(last.latest()),
            json.writeValueAsString(state)
        };
    }

    private @Nullable Object[] upgrade(UpgradeView view, long sequence) {
        Instant ended = view.endedAt();
        return new @Nullable Object[] {
            view.groupId(),
            view.upgrade().upgradeId(),
            sequence,
            view.status().name(),
            ended == null ? null : Timestamp.from(ended),
            MODEL,
            json.writeValueAsString(view)
        };
    }

    @ResetHandler
    void reset() {
        // not truncate: readers go on with what is there until the new rows are committed
        for (String table : List.of("group_view", "upgrade_view", "group_state", "route_table_version")) {
            jdbc.sql("delete from " + table).update();
        }
    }

    private static Optional<UpgradeView> upgrade(
            @Nullable GroupState before, ClusterGroupEvent event, GroupState after) {
        if (after.upgrade() != null) {
            return Optional.of(UpgradeView.running(after.groupId(), after.upgrade()));
        }
        if (before == null || before.upgrade() == null) {
            return Optional.empty();
        }
        Upgrade last = before.upgrade();
        UpgradeView view = UpgradeView.running(before.groupId(), last);
        return Optional.of(
                switch (event) {
                    case UpgradeCompleted e -> view.ended(UpgradeView.Status.COMPLETED, e.at());
                    case UpgradeAborted e -> view.ended(UpgradeView.Status.ABORTED, e.at());
                    default -> throw new IllegalStateException("upgrade " + last.upgradeId() + " ended by " + event);
                });
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

    /** Ids of trains, the one that began last first. */
    public List<String> trains(int limit) {
        return jdbc.sql("""
                        select upgrade_id from upgrade_view where upgrade_id like 'train-%' and model = :model
                        group by upgrade_id
                        order by max((view #>> '{upgrade,plan,request,at}')::timestamptz) desc, upgrade_id limit :limit
                        """)
                .param("model", MODEL)
                .param("limit", limit)
                .query(String.class)
                .list();
    }

    /** What is known of the upgrades of a train, by group; of one that has not begun, and of no train, nothing. */
    public List<UpgradeView> train(String trainId) {
        if (!trainId.startsWith("train-")) {
            return List.of();
        }
        return jdbc.sql("""
                        select view from upgrade_view
                        where upgrade_id = :train and upgrade_id like 'train-%' and model = :model order by group_id
                        """).param("model", MODEL).param("train", trainId).query(String.class).list().stream()
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
