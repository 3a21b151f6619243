package io.tricolor.bench;

import io.tricolor.engines.PostgresEngine;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;

/**
 * Groups in the database of a strategy-service that does not run: copies of the stream of one group that was made and
 * released as usual, under other names. deploy-service's word on them is copied with it.
 */
final class SeededGroups {

    static final String DATABASE = "strategy";
    static final String INSTANCE = "web-1";
    private static final String TEMPLATE = "template";

    /** Distance of two events of a stream that {@link #stream} made. */
    private static final int EVENT_MILLIS = 100;

    private final PostgresEngine postgres;

    SeededGroups(PostgresEngine postgres) {
        this.postgres = postgres;
    }

    static String name(int number) {
        return "g%05d".formatted(number);
    }

    /** Body of a command that changes the table, to and fro: even and odd ones differ. */
    static String direct(int turn) {
        String strategy =
                turn % 2 == 0 ? "{\"status\":\"Y\",\"id\":{\"all\":true}}" : "{\"status\":\"G\",\"id\":{\"all\":true}}";
        return "{\"strategies\":{\"A\":" + strategy + "},\"reason\":\"bench\"}";
    }

    /** Makes the group that is copied, with the service that runs, and releases it. */
    void makeTemplate(StrategyApi api) throws IOException, InterruptedException, SQLException {
        api.post("/api/groups", """
                {"groupId":"%1$s","application":"shop","environment":"bench","clusters":["A","B"],
                 "entries":[{"pathPrefix":"/%1$s","service":"web"}]}""".formatted(TEMPLATE));
        api.post("/api/groups/" + TEMPLATE + "/upgrades", """
                {"mode":"INSTALL","to":"A","reason":"bench","manifest":{"version":"1","services":[{"name":"web",
                 "artifact":{"type":"file","uri":"file:/srv/shop.jar","sha256":"%s"},
                 "args":["java","-jar","shop.jar"],"instances":1}]}}""".formatted("a".repeat(64)));
        try (Connection connection = postgres.connect(DATABASE);
                PreparedStatement observe = connection.prepareStatement("""
                        insert into cluster_sighting (group_id, cluster, fence, observed_at, observation)
                        select aggregate_id, 'A', sequence_number, now(),
                            jsonb_build_object('groupId', aggregate_id, 'cluster', 'A', 'epoch', 0,
                                'fence', sequence_number, 'digest', '', 'observation', 1,
                                'observedAt', '2026-01-01T00:00:00Z', 'services', jsonb_build_array(jsonb_build_object(
                                    'service', 'web', 'desired', 1, 'running', 1, 'healthy', 1,
                                    'instances', jsonb_build_array(jsonb_build_object('instanceId', ?::text,
                                        'host', '127.0.0.1', 'port', 1, 'healthy', true, 'withdrawn', false)))))
                        from domain_event
                        where aggregate_id = ? and payload_type = 'cluster-group.cluster-desired-state-changed'
                        """)) {
            observe.setString(1, INSTANCE);
            observe.setString(2, TEMPLATE);
            if (observe.executeUpdate() != 1) {
                throw new IOException("the group that is to be copied has no desired state");
            }
        }
        long deadline = System.nanoTime() + 60_000_000_000L;
        JsonNode group = api.get("/api/groups/" + TEMPLATE);
        while (group.has("upgrade")) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the group that is to be copied is not released: " + group.get("upgrade"));
            }
            Thread.sleep(100);
            group = api.get("/api/groups/" + TEMPLATE);
        }
    }

    /** Copies it under the names of 1 to {@code count}. */
    void copy(int count) throws SQLException {
        try (Connection connection = postgres.connect(DATABASE)) {
            update(connection, """
                    insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                        payload_revision, payload, metadata, recorded_at)
                    select e.aggregate_type, n.name, e.sequence_number, gen_random_uuid()::text, e.payload_type,
                        e.payload_revision,
                        convert_to(replace(convert_from(e.payload, 'UTF8'), ?, n.name), 'UTF8'), e.metadata,
                        e.recorded_at
                    from (select 'g' || lpad(i::text, 5, '0') as name from generate_series(1, ?) i) n
                        join domain_event e on e.aggregate_id = ?
                    order by n.name, e.sequence_number
                    """, TEMPLATE, count, TEMPLATE);
            update(connection, """
                    insert into cluster_sighting (group_id, cluster, fence, observed_at, observation)
                    select n.name, s.cluster, s.fence, s.observed_at,
                        replace(s.observation::text, ?, n.name)::jsonb
                    from (select 'g' || lpad(i::text, 5, '0') as name from generate_series(1, ?) i) n
                        join cluster_sighting s on s.group_id = ?
                    """, TEMPLATE, count, TEMPLATE);
        }
    }

    /**
     * Makes a group whose stream has so many events, most of them changes of its strategies by hand.
     *
     * @return when its first event was, by what the stream says
     */
    Instant stream(String name, int events) throws SQLException {
        Instant first =
                Instant.now().minusMillis((long) (events + 600) * EVENT_MILLIS).truncatedTo(ChronoUnit.MILLIS);
        try (Connection connection = postgres.connect(DATABASE)) {
            update(connection, """
                    insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                        payload_revision, payload, metadata, recorded_at)
                    select e.aggregate_type, ?, e.sequence_number, gen_random_uuid()::text, e.payload_type,
                        e.payload_revision,
                        convert_to(replace(convert_from(e.payload, 'UTF8'), ?, ?), 'UTF8'), e.metadata, e.recorded_at
                    from domain_event e where e.aggregate_id = ? order by e.sequence_number
                    """, name, TEMPLATE, name, TEMPLATE);
            update(connection, """
                    insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                        payload_revision, payload, metadata, recorded_at)
                    select l.aggregate_type, ?, l.sequence_number + i, gen_random_uuid()::text, t.payload_type,
                        t.payload_revision,
                        convert_to(jsonb_build_object('groupId', ?, 'tableVersion',
                            (convert_from(t.payload, 'UTF8')::jsonb ->> 'tableVersion')::bigint + i,
                            'strategies', jsonb_build_object(
                                'A', jsonb_build_object('status', case when i % 2 = 0 then 'GREEN' else 'YELLOW' end,
                                    'id', jsonb_build_object('all', true)),
                                'B', convert_from(t.payload, 'UTF8')::jsonb -> 'strategies' -> 'B'),
                            'upgradeId', null, 'reason', 'bench',
                            'at', convert_from(t.payload, 'UTF8')::jsonb ->> 'at')::text, 'UTF8'),
                        l.metadata, l.recorded_at
                    from (select * from domain_event where aggregate_id = ? order by sequence_number desc limit 1) l,
                        (select * from domain_event
                            where aggregate_id = ? and payload_type = 'cluster-group.route-strategies-changed'
                            order by sequence_number desc limit 1) t,
                        generate_series(1, greatest(0, ? - 1 - l.sequence_number)) i
                    order by i
                    """, name, name, name, name, (long) events);
            update(connection, """
                    update domain_event set recorded_at = to_char(
                        (?::timestamptz + sequence_number * interval '100 milliseconds') at time zone 'UTC',
                        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                    where aggregate_id = ?
                    """, first.toString(), name);
            update(connection, """
                    insert into cluster_sighting (group_id, cluster, fence, observed_at, observation)
                    select ?, s.cluster, s.fence, s.observed_at, replace(s.observation::text, ?, ?)::jsonb
                    from cluster_sighting s where s.group_id = ?
                    """, name, TEMPLATE, name, TEMPLATE);
        }
        return first;
    }

    /** Lets the service make the read model of this group anew when it starts, as after a change of its form. */
    void makeAnewAtStart(String name) throws SQLException {
        try (Connection connection = postgres.connect(DATABASE)) {
            update(connection, """
                    insert into group_view
                        (group_id, version, deleted, application, environment, model, latest, state)
                    values (?, -1, false, '', '', -1, now(), '{}')
                    """, name);
        }
    }

    /** An instant at which this event of a stream that {@link #stream} made was the last one. */
    static Instant after(Instant first, int sequence) {
        return first.plusMillis((long) sequence * EVENT_MILLIS + EVENT_MILLIS / 2);
    }

    /** A number from the database. */
    long number(String query) throws SQLException {
        try (Connection connection = postgres.connect(DATABASE);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void update(Connection connection, String statement, Object... values) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int i = 0; i < values.length; i++) {
                prepared.setObject(i + 1, values[i]);
            }
            prepared.executeUpdate();
        }
    }
}
