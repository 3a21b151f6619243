package io.tricolor.strategy.group.query;

import io.tricolor.kit.message.ContractsJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * Collects rows of groups that have none in the tables, and writes many of them in one statement. Of an upgrade only
 * the last of its rows is written. Not thread-safe.
 */
final class BulkRows implements ReadModelRows {

    private static final int MANY = 5_000;
    private static final int MANY_STATES = 200;

    private final JdbcClient jdbc;
    private final JsonMapper json = ContractsJson.mapper();
    private final List<PastState> groups = new ArrayList<>();
    private final List<PastState> past = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final Map<Key, Row> upgrades = new LinkedHashMap<>();

    private record Table(String groupId, RouteTableVersion of) {}

    private record Key(String groupId, String upgradeId) {}

    private record Row(UpgradeView view, long begun) {}

    BulkRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void group(PastState last) {
        groups.add(last);
        if (groups.size() >= MANY_STATES) {
            writeGroups();
        }
    }

    @Override
    public void past(PastState state) {
        past.add(state);
        if (past.size() >= MANY_STATES) {
            writePast();
        }
    }

    @Override
    public void table(String groupId, RouteTableVersion table) {
        tables.add(new Table(groupId, table));
        if (tables.size() >= MANY) {
            writeTables();
        }
    }

    @Override
    public void upgrade(UpgradeView view, long sequence) {
        Key key = new Key(view.groupId(), view.upgrade().upgradeId());
        Row first = upgrades.get(key);
        if (first == null && upgrades.size() >= MANY_STATES) {
            writeUpgrades();
        }
        upgrades.put(key, new Row(view, first == null ? sequence : first.begun()));
    }

    /** Writes what is left. */
    void flush() {
        writeUpgrades();
        writePast();
        writeTables();
        writeGroups();
    }

    private void writeGroups() {
        if (groups.isEmpty()) {
            return;
        }
        jdbc.sql("""
                        insert into group_view
                            (group_id, version, deleted, application, environment, model, latest, state)
                        select g, v, d, a, e, :model, l::timestamptz, s::jsonb
                        from unnest(:groups::text[], :versions::bigint[], :deleted::boolean[], :applications::text[],
                            :environments::text[], :latest::text[], :states::text[]) r(g, v, d, a, e, l, s)
                        on conflict (group_id) do update set version = excluded.version, deleted = excluded.deleted,
                            application = excluded.application, environment = excluded.environment,
                            model = excluded.model, latest = excluded.latest, state = excluded.state
                        """)
                .param("model", GroupReadModels.MODEL)
                .param("groups", texts(groups, one -> one.state().groupId()))
                .param("versions", numbers(groups, one -> one.state().version()))
                .param(
                        "deleted",
                        groups.stream().map(one -> one.state().deleted()).toArray(Boolean[]::new))
                .param("applications", texts(groups, one -> one.state().application()))
                .param("environments", texts(groups, one -> one.state().environment()))
                .param("latest", texts(groups, one -> one.latest().toString()))
                .param("states", texts(groups, one -> json.writeValueAsString(one.state())))
                .update();
        groups.clear();
    }

    private void writePast() {
        if (past.isEmpty()) {
            return;
        }
        jdbc.sql("""
                        insert into group_state (group_id, version, latest, model, state)
                        select g, v, l::timestamptz, :model, s::jsonb
                        from unnest(:groups::text[], :versions::bigint[], :latest::text[],
                            :states::text[]) r(g, v, l, s)
                        on conflict (group_id, version) do update set latest = excluded.latest, model = excluded.model,
                            state = excluded.state
                        """)
                .param("model", GroupReadModels.MODEL)
                .param("groups", texts(past, one -> one.state().groupId()))
                .param("versions", numbers(past, one -> one.state().version()))
                .param("latest", texts(past, one -> one.latest().toString()))
                .param("states", texts(past, one -> json.writeValueAsString(one.state())))
                .update();
        past.clear();
    }

    private void writeTables() {
        if (tables.isEmpty()) {
            return;
        }
        jdbc.sql("""
                        insert into route_table_version
                            (group_id, epoch, version, sequence, at, actor, reason, upgrade_id, title)
                        select g, e, v, s, t::timestamptz, a, r, u, i
                        from unnest(:groups::text[], :epochs::bigint[], :versions::bigint[], :sequences::bigint[],
                            :at::text[], :actors::text[], :reasons::text[], :upgrades::text[], :titles::text[])
                            n(g, e, v, s, t, a, r, u, i)
                        on conflict (group_id, epoch, version) do nothing
                        """)
                .param("groups", texts(tables, Table::groupId))
                .param("epochs", numbers(tables, one -> one.of().epoch()))
                .param("versions", numbers(tables, one -> one.of().version()))
                .param("sequences", numbers(tables, one -> one.of().sequence()))
                .param("at", texts(tables, one -> one.of().at().toString()))
                .param("actors", texts(tables, one -> one.of().actor()))
                .param("reasons", texts(tables, one -> one.of().reason()))
                .param("upgrades", texts(tables, one -> one.of().upgradeId()))
                .param("titles", texts(tables, one -> one.of().title()))
                .update();
        tables.clear();
    }

    private void writeUpgrades() {
        if (upgrades.isEmpty()) {
            return;
        }
        List<Row> rows = List.copyOf(upgrades.values());
        jdbc.sql("""
                        insert into upgrade_view (group_id, upgrade_id, begun, status, ended_at, model, view)
                        select g, u, b, s, e::timestamptz, :model, v::jsonb
                        from unnest(:groups::text[], :upgrades::text[], :begun::bigint[], :status::text[],
                            :ended::text[], :views::text[]) r(g, u, b, s, e, v)
                        on conflict (group_id, upgrade_id) do update set status = excluded.status,
                            ended_at = excluded.ended_at, model = excluded.model, view = excluded.view
                        """)
                .param("model", GroupReadModels.MODEL)
                .param("groups", texts(rows, row -> row.view().groupId()))
                .param("upgrades", texts(rows, row -> row.view().upgrade().upgradeId()))
                .param("begun", numbers(rows, Row::begun))
                .param("status", texts(rows, row -> row.view().status().name()))
                .param("ended", texts(rows, row -> text(row.view().endedAt())))
                .param("views", texts(rows, row -> json.writeValueAsString(row.view())))
                .update();
        upgrades.clear();
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    private interface Text<T> {
        @Nullable
        String of(T row);
    }

    private interface Count<T> {
        long of(T row);
    }

    private static <T> @Nullable String[] texts(List<T> rows, Text<T> text) {
        @Nullable String[] texts = new String[rows.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text.of(rows.get(i));
        }
        return texts;
    }

    private static <T> Long[] numbers(List<T> rows, Count<T> count) {
        Long[] numbers = new Long[rows.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = count.of(rows.get(i));
        }
        return numbers;
    }
}
