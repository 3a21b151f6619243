package io.tricolor.strategy.group.query;

import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Observation.Judged;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** What was last said of each gate by who judges it elsewhere. Blocking. */
@Component
public class GateJudgements {

    private final JdbcClient jdbc;
    private final GroupNotifications notifications;
    private final JsonMapper json = ContractsJson.mapper();

    GateJudgements(JdbcClient jdbc, GroupNotifications notifications) {
        this.jdbc = jdbc;
        this.notifications = notifications;
    }

    /**
     * Takes in a judgement; one that is older than the stored one is passed over. Those of earlier upgrades of the
     * group go.
     */
    @Transactional
    public void take(GateObserved observed) {
        int changed = jdbc.sql("""
                        insert into gate_judgement
                            (group_id, stage, gate, upgrade_id, epoch, fence, number, observation)
                        values (:group, :stage, :gate, :upgrade, :epoch, :fence, :number, :observation::jsonb)
                        on conflict (group_id, stage, gate) do update
                            set upgrade_id = excluded.upgrade_id, epoch = excluded.epoch, fence = excluded.fence,
                                number = excluded.number, observation = excluded.observation
                            where (gate_judgement.epoch, gate_judgement.fence, gate_judgement.number)
                                <= (excluded.epoch, excluded.fence, excluded.number)
                        """)
                .param("group", observed.groupId())
                .param("stage", observed.stage())
                .param("gate", observed.gate())
                .param("upgrade", observed.upgradeId())
                .param("epoch", observed.epoch())
                .param("fence", observed.fence())
                .param("number", observed.observation())
                .param("observation", json.writeValueAsString(observed))
                .update();
        if (changed > 0) {
            jdbc.sql("""
                            delete from gate_judgement where group_id = :group and upgrade_id <> :upgrade
                                and (epoch, fence) < (:epoch, :fence)
                            """)
                    .param("group", observed.groupId())
                    .param("upgrade", observed.upgradeId())
                    .param("epoch", observed.epoch())
                    .param("fence", observed.fence())
                    .update();
            notifications.groupChanged(observed.groupId());
        }
    }

    /** The newest of each gate of a group. */
    public List<Judged> of(String groupId) {
        return jdbc
                .sql("select observation from gate_judgement where group_id = :group")
                .param("group", groupId)
                .query(String.class)
                .list()
                .stream()
                .map(text -> judged(json.readValue(text, GateObserved.class)))
                .toList();
    }

    private static Judged judged(GateObserved observed) {
        return new Judged(
                observed.stage(),
                observed.gate(),
                observed.epoch(),
                observed.fence(),
                observed.verdict(),
                observed.evidence());
    }
}
