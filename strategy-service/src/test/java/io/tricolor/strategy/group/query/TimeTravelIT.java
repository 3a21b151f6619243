package io.tricolor.strategy.group.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.testing.TestTokens;
import io.tricolor.strategy.StrategyService;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** States of the past, of streams as they are stored. */
class TimeTravelIT {

    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() {
        service = new SpringApplicationBuilder(StrategyService.class)
                .run(
                        "--server.port=0",
                        "--spring.datasource.url=" + SharedEngines.freshDatabase("travel"),
                        "--spring.kafka.bootstrap-servers=127.0.0.1:9",
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.consul.url=http://127.0.0.1:9",
                        "--tricolor.security.public-key=" + TestTokens.create().publicKey());
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void stop_at_the_first_event_after_the_instant_when_a_clock_stepped_back() {
        created("stepped", "2026-01-15T14:00:00Z");
        evicted("stepped", 1, 1, "2026-01-15T14:01:00Z");
        evicted("stepped", 2, 2, "2026-01-15T14:30:00Z");
        evicted("stepped", 3, 3, "2026-01-15T14:02:00Z");
        evicted("stepped", 4, 4, "2026-01-15T14:31:00Z");
        GroupStreams streams = service.getBean(GroupStreams.class);
        assertThat(streams.atInstant("stepped", Instant.parse("2026-01-15T14:05:00Z"))
                        .version())
                .isEqualTo(1);
        assertThat(streams.atInstant("stepped", Instant.parse("2026-01-15T14:30:00Z"))
                        .version())
                .isEqualTo(3);
        assertThat(streams.atInstant("stepped", Instant.parse("2026-01-15T15:00:00Z"))
                        .version())
                .isEqualTo(4);
        assertThatThrownBy(() -> streams.atInstant("stepped", Instant.parse("2026-01-15T13:59:59Z")))
                .hasMessageContaining("there was no cluster group");
    }

    /** What lies before the stored states is made unreadable: whoever reads it fails. */
    @Test
    void go_on_from_states_that_are_stored_and_give_the_same() {
        created("long", "2026-01-15T14:00:00Z");
        evicted("long", 1, 1_200, "2026-01-15T15:00:00Z");
        evicted("long", 1_201, 1_201, "2026-01-15T14:30:00Z");
        evicted("long", 1_202, 2_400, "2026-01-15T16:00:00Z");
        GroupReadModels readModels = service.getBean(GroupReadModels.class);
        await().atMost(Duration.ofMinutes(2))
                .until(() -> readModels
                        .state("long")
                        .filter(state -> state.version() == 2_400)
                        .isPresent());
        GroupStreams streams = service.getBean(GroupStreams.class);
        var all = streams.atSequence("long", 2_400);
        var early = streams.atSequence("long", 700);
        assertThat(early.version()).isEqualTo(700);
        assertThat(streams.atSequence("long", Long.MAX_VALUE)).isEqualTo(all);
        service.getBean(JdbcClient.class)
                .sql("update domain_event set payload_type = 'nobody-knows' "
                        + "where aggregate_id = 'long' and sequence_number < 672")
                .update();
        assertThat(streams.atSequence("long", 2_400)).isEqualTo(all);
        assertThat(streams.atSequence("long", 700)).isEqualTo(early);
        assertThat(streams.atInstant("long", Instant.parse("2026-01-15T15:30:00Z"))
                        .version())
                .isEqualTo(1_201);
        assertThatThrownBy(() -> streams.atInstant("long", Instant.parse("2026-01-15T14:30:00Z")))
                .hasMessageContaining("nobody-knows");
        service.getBean(JdbcClient.class)
                .sql("update domain_event set payload_type = 'nobody-knows' "
                        + "where aggregate_id = 'long' and sequence_number > 700")
                .update();
        assertThat(streams.atSequence("long", 700)).isEqualTo(early);
        assertThatThrownBy(() -> streams.atSequence("long", 701)).hasMessageContaining("nobody-knows");
    }

    @Test
    void present_states_are_up_to_date_whoever_appends() {
        JdbcClient jdbc = service.getBean(JdbcClient.class);
        StreamReader reader = service.getBean(StreamReader.class);
        GroupReadModels readModels = service.getBean(GroupReadModels.class);
        NewestEvents events = new NewestEvents(reader, jdbc);
        GroupStreams streams = new GroupStreams(reader, readModels, events);
        assertThat(streams.current("present")).isEmpty();
        created("present", "2026-01-15T14:00:00Z");
        assertThat(streams.current("present").orElseThrow().version()).isZero();
        evicted("present", 1, 3, "2026-01-15T14:01:00Z");
        assertThat(streams.current("present"))
                .contains(streams.rebuild("present").state());

        // What was read is not read again.
        await().atMost(Duration.ofMinutes(1))
                .until(() -> readModels
                        .state("present")
                        .filter(state -> state.version() == 3)
                        .isPresent());
        jdbc.sql("update domain_event set payload_type = 'nobody-knows' where aggregate_id = 'present'")
                .update();
        evicted("present", 4, 4, "2026-01-15T14:02:00Z");
        assertThat(streams.current("present").orElseThrow().version()).isEqualTo(4);

        // One that cannot be read fails for who asks for it, and for nobody else.
        created("beside", "2026-01-15T14:00:00Z");
        assertThat(streams.current("beside").orElseThrow().version()).isZero();
        jdbc.sql("""
                        insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                                                  payload_revision, payload, metadata, recorded_at)
                        select aggregate_type, aggregate_id, 5, 'present-5', 'nobody-knows', payload_revision, payload,
                            metadata, recorded_at
                        from domain_event where aggregate_id = 'present' and sequence_number = 4
                        """).update();
        evicted("beside", 1, 1, "2026-01-15T14:01:00Z");
        assertThat(streams.current("beside").orElseThrow().version()).isEqualTo(1);
        assertThatThrownBy(() -> streams.current("present")).hasMessageContaining("nobody-knows");
        jdbc.sql("delete from domain_event where aggregate_id = 'present' and sequence_number = 5")
                .update();
        assertThat(streams.current("present").orElseThrow().version()).isEqualTo(4);

        // The store was replaced by one of before.
        await().atMost(Duration.ofMinutes(1))
                .until(() -> readModels
                        .state("beside")
                        .filter(state -> state.version() == 1)
                        .isPresent());
        jdbc.sql("delete from domain_event where aggregate_id = 'beside' and sequence_number = 1")
                .update();
        jdbc.sql("delete from group_view where group_id = 'beside'").update();
        assertThat(streams.current("beside").orElseThrow().version()).isZero();
    }

    private static void created(String groupId, String at) {
        store(groupId, 0, 0, "cluster-group.created", at);
    }

    private static void evicted(String groupId, long from, long to, String at) {
        store(groupId, from, to, "cluster-group.router-evicted", at);
    }

    private static void store(String groupId, long from, long to, String type, String at) {
        String json = sample(type + ".v1").replace("\"groupId\": \"shop\"", "\"groupId\": \"" + groupId + "\"");
        service.getBean(JdbcClient.class)
                .sql("""
                        insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                                                  payload_revision, payload, metadata, recorded_at)
                        select 'ClusterGroup', :group, n, :group || '-' || n, :type, '1', :json, :metadata, :at
                        from generate_series(:from, :to) n
                        """)
                .param("group", groupId)
                .param("from", from)
                .param("to", to)
                .param("type", type)
                .param("json", json.getBytes(UTF_8))
                .param("metadata", "{}".getBytes(UTF_8))
                .param("at", at)
                .update();
    }

    private static String sample(String name) {
        String file = "/io/tricolor/contracts/samples/" + name + ".json";
        try (InputStream in = TimeTravelIT.class.getResourceAsStream(file)) {
            return new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
