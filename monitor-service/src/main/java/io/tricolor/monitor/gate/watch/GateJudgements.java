package io.tricolor.monitor.gate.watch;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.monitor.gate.domain.GateProgress;
import io.tricolor.monitor.gate.domain.Look;
import io.tricolor.monitor.gate.domain.Retrospective;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Judgements that are asked for, with how far they are, in the database. Blocking. */
@Component
public class GateJudgements {

    private static final TypeReference<TreeMap<String, String>> FACTS = new TypeReference<>() {};

    private static final String IDENTITY = """
            group_id = :group and upgrade_id = :upgrade and step = :step and stage = :stage and gate = :gate
                and epoch = :epoch and fence = :fence
            """;

    /** Most looks of one judgement that are kept. */
    static final int MOST_LOOKS = 20_000;

    private final JdbcClient jdbc;
    private final JsonMapper json = ContractsJson.mapper();
    private volatile boolean numbered;

    GateJudgements(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A judgement.
     *
     * @param progress null: it has not begun
     * @param verdict what was said last, null: nothing
     */
    public record Judgement(
            JudgeGate command,
            @Nullable GateProgress progress,
            @Nullable Verdict verdict,
            SortedMap<String, String> evidence,
            @Nullable Instant judgedAt) {}

    /**
     * What was judged, look by look.
     *
     * @param compared what the canary was compared with
     * @param share of bad requests that it was compared with; 0: with the baseline
     */
    public record Judged(JudgeGate command, String compared, double share, List<Retrospective.Taken> looks) {}

    /** It is asked for, once more. Asked for in another way it begins anew. */
    void hear(JudgeGate command) {
        identified("""
                insert into gate_judgement (group_id, upgrade_id, step, stage, gate, epoch, fence, command, heard_at)
                values (:group, :upgrade, :step, :stage, :gate, :epoch, :fence, :command::jsonb, clock_timestamp())
                on conflict (group_id, upgrade_id, step, stage, gate, epoch, fence) do update
                    set command = excluded.command, heard_at = excluded.heard_at,
                        progress = case when gate_judgement.command = excluded.command
                            then gate_judgement.progress end
                """, command)
                .param("command", json.writeValueAsString(command))
                .update();
    }

    /**
     * Forgets what is not asked for any more, and the looks of what was judged long ago.
     *
     * @return how many judgements
     */
    int forget(Duration keepLooks) {
        jdbc.sql("delete from judged_gate where judged_at < clock_timestamp() - :seconds * interval '1 second'")
                .param("seconds", keepLooks.toSeconds())
                .update();
        return jdbc.sql("""
                        delete from gate_judgement where heard_at < clock_timestamp() - :seconds * interval '1 second'
                        """).param("seconds", JudgeGate.FORGOTTEN_AFTER_SECONDS).update();
    }

    /** All that are asked for. */
    List<Judgement> all() {
        return jdbc.sql("select command, progress, verdict, evidence, judged_at from gate_judgement order by heard_at")
                .query(this::read)
                .list();
    }

    /** Those of a group, the newest fence first. */
    public List<Judgement> of(String groupId) {
        return jdbc.sql("""
                        select command, progress, verdict, evidence, judged_at from gate_judgement
                        where group_id = :group order by epoch desc, fence desc, stage, gate
                        """).param("group", groupId).query(this::read).list();
    }

    void keep(
            JudgeGate command, GateProgress progress, Verdict verdict, SortedMap<String, String> evidence, Instant at) {
        identified("""
                update gate_judgement
                set progress = :progress::jsonb, verdict = :verdict, evidence = :evidence::jsonb, judged_at = :at
                where\s""" + IDENTITY, command)
                .param("progress", json.writeValueAsString(progress))
                .param("verdict", verdict.name())
                .param("evidence", json.writeValueAsString(evidence))
                .param("at", Timestamp.from(at))
                .update();
    }

    /**
     * Keeps a look, so that it can be judged again; nothing for one without a request. At most {@value #MOST_LOOKS} of
     * one judgement are kept; the last one of them then takes in all that follow.
     */
    void keepLook(JudgeGate command, GateProgress progress, Look look, Instant at) {
        if (look.isNothing()) {
            return;
        }
        Long id = identified("""
                insert into judged_gate as kept (group_id, upgrade_id, step, stage, gate, epoch, fence, command,
                    compared, share, judged_at)
                values (:group, :upgrade, :step, :stage, :gate, :epoch, :fence, :command::jsonb, :compared, :share, :at)
                on conflict (group_id, upgrade_id, step, stage, gate, epoch, fence) do update
                    set judged_at = excluded.judged_at, looks = least(kept.looks + 1, :most),
                        compared = excluded.compared, share = excluded.share
                returning id
                """, command)
                .param("command", json.writeValueAsString(command))
                .param("compared", String.valueOf(progress.compared()))
                .param("share", progress.share(command))
                .param("at", Timestamp.from(at))
                .param("most", MOST_LOOKS)
                .query(Long.class)
                .single();
        jdbc.sql("""
                        insert into judged_look as kept (judged, number, at, canary, canary_bad, baseline, baseline_bad)
                        select :id, looks, :at, :canary, :canaryBad, :baseline, :baselineBad
                        from judged_gate where id = :id
                        on conflict (judged, number) do update
                            set canary = kept.canary + excluded.canary,
                                canary_bad = kept.canary_bad + excluded.canary_bad,
                                baseline = kept.baseline + excluded.baseline,
                                baseline_bad = kept.baseline_bad + excluded.baseline_bad
                        """)
                .param("id", id)
                .param("at", Timestamp.from(at))
                .param("canary", look.canary())
                .param("canaryBad", look.canaryBad())
                .param("baseline", look.baseline())
                .param("baselineBad", look.baselineBad())
                .update();
    }

    /**
     * What was judged of an upgrade and is still kept, in the order of the judgements.
     *
     * @param stage null: any
     * @param gate null: any
     */
    public List<Judged> judged(String groupId, String upgradeId, @Nullable String stage, @Nullable String gate) {
        return jdbc.sql("""
                        select id, command, compared, share from judged_gate
                        where group_id = :group and upgrade_id = :upgrade
                            and (:stage::text is null or stage = :stage) and (:gate::text is null or gate = :gate)
                        order by epoch, fence, step, stage, gate
                        """)
                .param("group", groupId)
                .param("upgrade", upgradeId)
                .param("stage", stage)
                .param("gate", gate)
                .query((row, number) -> new Judged(
                        json.readValue(row.getString("command"), JudgeGate.class),
                        row.getString("compared"),
                        row.getDouble("share"),
                        looks(row.getLong("id"))))
                .list();
    }

    private List<Retrospective.Taken> looks(long id) {
        return jdbc.sql("""
                        select at, canary, canary_bad, baseline, baseline_bad from judged_look where judged = :id
                        order by number
                        """)
                .param("id", id)
                .query((row, number) -> new Retrospective.Taken(
                        row.getTimestamp("at").toInstant(),
                        new Look(
                                row.getLong("canary"),
                                row.getLong("canary_bad"),
                                row.getLong("baseline"),
                                row.getLong("baseline_bad"))))
                .list();
    }

    /**
     * The next number of an observation, higher than all before. They begin at the time in milliseconds, so that a
     * database that was restored from a backup goes on above the numbers that were given out after it.
     */
    long nextNumber() {
        if (!numbered) {
            jdbc.sql("""
                            select setval('gate_observation_number', greatest(nextval('gate_observation_number'),
                                (extract(epoch from clock_timestamp()) * 1000)::bigint))
                            """).query(Long.class).single();
            numbered = true;
        }
        return jdbc.sql("select nextval('gate_observation_number')")
                .query(Long.class)
                .single();
    }

    private JdbcClient.StatementSpec identified(String sql, JudgeGate command) {
        return jdbc.sql(sql)
                .param("group", command.groupId())
                .param("upgrade", command.upgradeId())
                .param("step", command.step())
                .param("stage", command.stage())
                .param("gate", command.gate().name())
                .param("epoch", command.epoch())
                .param("fence", command.fence());
    }

    private Judgement read(ResultSet row, int number) throws SQLException {
        String progress = row.getString("progress");
        String verdict = row.getString("verdict");
        String evidence = row.getString("evidence");
        Timestamp judged = row.getTimestamp("judged_at");
        return new Judgement(
                json.readValue(row.getString("command"), JudgeGate.class),
                progress == null ? null : json.readValue(progress, GateProgress.class),
                verdict == null ? null : Verdict.valueOf(verdict),
                evidence == null ? new TreeMap<>() : json.readValue(evidence, FACTS),
                judged == null ? null : judged.toInstant());
    }
}
