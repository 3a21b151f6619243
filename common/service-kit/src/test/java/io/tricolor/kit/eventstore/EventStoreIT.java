package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.message.MessageSizes;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.axonframework.config.EventProcessingConfiguration;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

class EventStoreIT {

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start("spring.datasource.url=" + SharedEngines.freshDatabase("events"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    @Test
    void reads_a_stream_from_any_sequence_and_lists_the_streams_of_a_kind() {
        publish("read/a", 5);
        publish("read/b", 1);
        StreamReader reader = sample.bean(StreamReader.class);
        assertThat(reader.read("read/a", 2, 2))
                .extracting(StoredEvent::sequence)
                .containsExactly(2L, 3L);
        List<Long> positions = new ArrayList<>();
        reader.forEach("read/a", 0, event -> positions.add(event.globalPosition()));
        assertThat(positions).hasSize(5).isSorted();
        assertThat(reader.read("read/a", 9, 10)).isEmpty();
        assertThat(reader.lastSequence("read/a")).hasValue(4);
        assertThat(reader.lastSequence("nowhere")).isEmpty();
        assertThat(reader.aggregateIds("Namespace", "read/", 10)).startsWith("read/a", "read/b");
        assertThat(reader.aggregateIds("Other", null, 10)).isEmpty();
        assertThat(reader.readAll(positions.getFirst() - 1, 1))
                .singleElement()
                .satisfies(event -> assertThat(event.aggregateId()).isEqualTo("read/a"));
        assertThat(reader.headPosition()).isGreaterThanOrEqualTo(positions.getLast());
    }

    @Test
    void carries_who_and_what_for_into_the_events() {
        sample.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish("origin", "test", Instant.now()),
                        CommandContext.ofService("reactor", "upgrade-7", "event-3")
                                .because("it is time"));
        Map<String, String> metadata =
                sample.bean(StreamReader.class).read("origin", 0, 1).getFirst().metadata();
        assertThat(metadata)
                .containsEntry("actor", "reactor")
                .containsEntry("reason", "it is time")
                .containsEntry("correlationId", "upgrade-7")
                .containsEntry("causationId", "event-3")
                .containsKey("commandId");
    }

    @Test
    void never_skips_an_event_of_an_unknown_name_or_revision() {
        publish("strange", 1);
        StreamReader reader = sample.bean(StreamReader.class);
        JdbcClient jdbc = sample.bean(JdbcClient.class);
        jdbc.sql("update domain_event set payload_type = 'config.nobody-knows' where aggregate_id = 'strange'")
                .update();
        assertThatThrownBy(() -> reader.read("strange", 0, 1)).hasMessageContaining("config.nobody-knows");
        assertThatThrownBy(() -> publish("strange", 1)).hasStackTraceContaining("config.nobody-knows");
        jdbc.sql("""
                        update domain_event set payload_type = 'config.revision-published', payload_revision = '9'
                        where aggregate_id = 'strange'
                        """).update();
        assertThatThrownBy(() -> reader.read("strange", 0, 1)).hasMessageContaining("no upcaster");
        jdbc.sql("update domain_event set payload_revision = '1' where aggregate_id = 'strange'")
                .update();
        assertThat(reader.read("strange", 0, 1)).hasSize(1);
    }

    @Test
    void retries_a_failed_projection_from_where_it_stopped_and_keeps_the_order() {
        double failures = failures();
        publish("projected", 2);
        publish("projected", "fails until the flag is set");
        publish("projected", 2);
        await().atMost(Duration.ofSeconds(30)).until(() -> failures() > failures);
        assertThat(applied("projected")).isLessThanOrEqualTo(2);
        sample.bean(JdbcClient.class)
                .sql("insert into revision_view values ('flag', 0, 0)")
                .update();
        await().atMost(Duration.ofSeconds(30)).until(() -> applied("projected") == 5);
    }

    @Test
    void rebuilds_a_projection_from_the_first_event() {
        publish("rebuilt", 7);
        await().atMost(Duration.ofSeconds(30)).until(() -> applied("rebuilt") == 7);
        StreamingEventProcessor revisions = revisions();
        revisions.shutDown();
        revisions.resetTokens();
        assertThat(applied("rebuilt")).isZero();
        revisions.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> applied("rebuilt") == 7);
    }

    @Test
    void two_commands_for_one_stream_at_once_both_count_or_one_is_told() {
        publish("raced", 1);
        List<CompletableFuture<Boolean>> attempts = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        publish("raced", 1);
                        return true;
                    } catch (org.axonframework.modelling.command.ConcurrencyException e) {
                        return false;
                    }
                }))
                .toList();
        long succeeded = attempts.stream().filter(CompletableFuture::join).count();
        assertThat(sample.bean(StreamReader.class).lastSequence("raced")).hasValue(succeeded);
    }

    /**
     * Two writers: the one that took the smaller position commits last. A reader that goes on from the largest position
     * it has seen misses it, unless appends wait for each other.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_reader_misses_an_event_without_the_lock_and_none_with_it(boolean locked) throws Exception {
        JdbcClient jdbc = sample.bean(JdbcClient.class);
        jdbc.sql("create table if not exists append_race (position bigint generated by default as identity, name text)")
                .update();
        jdbc.sql("truncate append_race").update();
        DataSource dataSource = sample.bean(DataSource.class);
        CountDownLatch secondWrote = new CountDownLatch(1);
        try (Connection slow = dataSource.getConnection()) {
            slow.setAutoCommit(false);
            append(slow, "slow", locked);
            CompletableFuture<Void> quick = CompletableFuture.runAsync(() -> {
                try (Connection connection = dataSource.getConnection()) {
                    connection.setAutoCommit(false);
                    append(connection, "quick", locked);
                    connection.commit();
                    connection.setAutoCommit(true);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                } finally {
                    secondWrote.countDown();
                }
            });
            if (locked) {
                await().until(() ->
                        jdbc.sql("select count(*) from pg_locks where locktype = 'advisory' and not granted")
                                        .query(Integer.class)
                                        .single()
                                == 1);
            } else {
                assertThat(secondWrote.await(10, TimeUnit.SECONDS)).isTrue();
            }
            List<String> seen = new ArrayList<>();
            long position = read(jdbc, 0, seen);
            slow.commit();
            slow.setAutoCommit(true);
            quick.join();
            read(jdbc, position, seen);
            if (locked) {
                assertThat(seen).containsExactly("slow", "quick");
            } else {
                assertThat(seen).containsExactly("quick");
            }
        }
    }

    private static void append(Connection connection, String name, boolean locked) throws SQLException {
        if (locked) {
            SerializedAppends.lock(connection);
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into append_race (name) values (?)")) {
            insert.setString(1, name);
            insert.executeUpdate();
        }
    }

    private static long read(JdbcClient jdbc, long after, List<String> seen) {
        long[] last = {after};
        jdbc.sql("select position, name from append_race where position > :after order by position")
                .param("after", after)
                .query((ResultSet row) -> {
                    last[0] = row.getLong("position");
                    seen.add(row.getString("name"));
                });
        return last[0];
    }

    /** While somebody else holds the lock an append of the store waits, and it goes through once the lock is free. */
    @Test
    void appends_of_the_store_take_the_lock() throws Exception {
        publish("locked", 1);
        CompletableFuture<Void> waiting;
        try (Connection holder = sample.bean(DataSource.class).getConnection()) {
            holder.setAutoCommit(false);
            SerializedAppends.lock(holder);
            waiting = CompletableFuture.runAsync(() -> publish("locked", 1));
            await().until(() -> sample.bean(JdbcClient.class)
                            .sql("select count(*) from pg_locks where locktype = 'advisory' and not granted")
                            .query(Integer.class)
                            .single()
                    == 1);
            assertThat(sample.bean(StreamReader.class).lastSequence("locked")).hasValue(0);
            holder.rollback();
            holder.setAutoCommit(true);
        }
        waiting.get(10, TimeUnit.SECONDS);
        assertThat(sample.bean(StreamReader.class).lastSequence("locked")).hasValue(1);
    }

    private static void publish(String namespace, int times) {
        for (int i = 0; i < times; i++) {
            publish(namespace, "test");
        }
    }

    private static void publish(String namespace, String reason) {
        sample.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish(namespace, reason, Instant.now()), CommandContext.ofService("tester", null, null));
    }

    private static double failures() {
        Double count = CollectorRegistry.defaultRegistry.getSampleValue(
                "tricolor_processor_failures_total", new String[] {"processor"}, new String[] {"revisions"});
        return count == null ? 0 : count;
    }

    private static StreamingEventProcessor revisions() {
        return sample.bean(EventProcessingConfiguration.class)
                .eventProcessor("revisions", StreamingEventProcessor.class)
                .orElseThrow();
    }

    private static long applied(String namespace) {
        return sample.bean(JdbcClient.class)
                .sql("select applied from revision_view where namespace = :namespace")
                .param("namespace", namespace)
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    @Test
    void refuses_a_decision_that_is_too_large_before_anything_is_stored() {
        String half = "twice" + "x".repeat(MessageSizes.LARGEST_DECISION / 2);
        assertThatThrownBy(() -> publish("large", half))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        e -> assertThat(e.rejection().code()).isEqualTo(Rejection.Code.DECISION_TOO_LARGE));
        assertThat(sample.bean(StreamReader.class).lastSequence("large")).isEmpty();
        publish("large", half.substring("twice".length()));
        assertThat(sample.bean(StreamReader.class).lastSequence("large")).hasValue(0);
    }

    /** However long a stream is, it has one entry in the index that lists are read from. */
    @Test
    void lists_streams_by_their_first_events_alone() {
        JdbcClient jdbc = sample.bean(JdbcClient.class);
        publish("listed", 3);
        assertThat(jdbc.sql("select indexdef from pg_indexes where indexname = 'domain_event_first'")
                        .query(String.class)
                        .single())
                .endsWith("(aggregate_type, aggregate_id) WHERE (sequence_number = 0)");
        assertThat(sample.bean(StreamReader.class).aggregateIds("Namespace", "liste", 1))
                .containsExactly("listed");
    }

    @Test
    void refuses_to_store_what_has_no_stable_name() {
        EventSerializer serializer = new EventSerializer(new StoredTypes(List.of()));
        assertThatThrownBy(() -> serializer.typeForClass(String.class)).hasMessageContaining("@EventType");
        assertThat(serializer.typeForClass(ConfigRevisionPublished.class).getName())
                .isEqualTo("config.revision-published");
    }
}
