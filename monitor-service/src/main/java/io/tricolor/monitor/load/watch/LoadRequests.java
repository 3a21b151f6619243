package io.tricolor.monitor.load.watch;

import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.kit.message.ContractsJson;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Of which services the load is to be observed, in the database. Blocking. */
@Component
public class LoadRequests {

    private final JdbcClient jdbc;
    private final JsonMapper json = ContractsJson.mapper();

    LoadRequests(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** It is asked for, once more; what names no service is passed over. */
    public void hear(ObserveLoad command) {
        if (command.services().isEmpty()) {
            return;
        }
        jdbc.sql("""
                        insert into load_request (group_id, command, heard_at)
                        values (:group, :command::jsonb, clock_timestamp())
                        on conflict (group_id) do update set command = excluded.command, heard_at = excluded.heard_at
                        """)
                .param("group", command.groupId())
                .param("command", json.writeValueAsString(command))
                .update();
    }

    /** All that are asked for; what was not said again for long is forgotten. */
    List<ObserveLoad> all() {
        jdbc.sql("delete from load_request where heard_at < clock_timestamp() - :seconds * interval '1 second'")
                .param("seconds", ObserveLoad.FORGOTTEN_AFTER_SECONDS)
                .update();
        return jdbc.sql("select command from load_request order by group_id").query(String.class).list().stream()
                .map(text -> json.readValue(text, ObserveLoad.class))
                .toList();
    }
}
