package io.tricolor.deploy.script;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** In the database; of each script of a service the newest 20 runs are kept. */
@Component
class StoredScriptRuns implements ScriptLedger {

    private static final int KEPT = 20;

    private final JdbcClient jdbc;

    StoredScriptRuns(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Run> newest(ServiceKey service, Hook hook) {
        return of(service, """
                        select * from script_run
                        where group_id = :group and cluster = :cluster and service = :service and hook = :hook and current
                        order by id desc limit 1
                        """)
                .param("hook", hook.name())
                .query(StoredScriptRuns::read)
                .optional();
    }

    @Override
    public long begin(ServiceKey service, Hook hook, String revision, String digest, String order, Instant at) {
        of(service, """
                        delete from script_run
                        where group_id = :group and cluster = :cluster and service = :service and hook = :hook
                            and id not in (select id from script_run where group_id = :group and cluster = :cluster
                                and service = :service and hook = :hook order by id desc limit :kept)
                        """).param("hook", hook.name()).param("kept", KEPT - 1).update();
        return of(service, """
                        insert into script_run (group_id, cluster, service, hook, revision, digest, desired, state,
                            started_at)
                        values (:group, :cluster, :service, :hook, :revision, :digest, :order, 'RUNNING', :at)
                        returning id
                        """)
                .param("hook", hook.name())
                .param("revision", revision)
                .param("digest", digest)
                .param("order", order)
                .param("at", Timestamp.from(at))
                .query(Long.class)
                .single();
    }

    @Override
    public void runs(long id, String process) {
        jdbc.sql("update script_run set process = :process where id = :id")
                .param("process", process)
                .param("id", id)
                .update();
    }

    @Override
    public void end(long id, State state, @Nullable Integer exit, String output, Instant at) {
        jdbc.sql("""
                        update script_run set state = :state, exit_code = :exit, output = :output, ended_at = :at
                        where id = :id
                        """)
                .param("state", state.name())
                .param("exit", exit)
                .param("output", output)
                .param("at", Timestamp.from(at))
                .param("id", id)
                .update();
    }

    @Override
    public void cancel(long id) {
        jdbc.sql("delete from script_run where id = :id").param("id", id).update();
    }

    @Override
    public void forget(ServiceKey service) {
        of(service, """
                        update script_run set current = false
                        where group_id = :group and cluster = :cluster and service = :service and current
                            and hook <> 'MIGRATE'
                        """).update();
    }

    @Override
    public List<Run> of(String group, String cluster, int limit) {
        return jdbc.sql("""
                        select * from script_run where group_id = :group and cluster = :cluster
                        order by id desc limit :limit
                        """)
                .param("group", group)
                .param("cluster", cluster)
                .param("limit", limit)
                .query(StoredScriptRuns::read)
                .list();
    }

    private JdbcClient.StatementSpec of(ServiceKey service, String sql) {
        return jdbc.sql(sql)
                .param("group", service.group())
                .param("cluster", service.cluster())
                .param("service", service.service());
    }

    private static Run read(ResultSet row, int number) throws SQLException {
        Timestamp ended = row.getTimestamp("ended_at");
        return new Run(
                row.getLong("id"),
                new ServiceKey(row.getString("group_id"), row.getString("cluster"), row.getString("service")),
                Hook.valueOf(row.getString("hook")),
                row.getString("revision"),
                row.getString("digest"),
                row.getString("desired"),
                State.valueOf(row.getString("state")),
                row.getBoolean("current"),
                row.getString("process"),
                row.getObject("exit_code", Integer.class),
                row.getString("output"),
                row.getTimestamp("started_at").toInstant(),
                ended == null ? null : ended.toInstant());
    }
}
