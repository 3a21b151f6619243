package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleProcess;
import io.tricolor.kit.sample.SampleService.Publication;
import io.tricolor.kit.sample.SampleService.Publish;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.axonframework.commandhandling.gateway.CommandGateway;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.reactive.server.WebTestClient;

/** Commands of different streams that are stored together. */
class EventWriterIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WRITERS = 12;

    private static String database = "";
    private static Sample sample;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        database = "spring.datasource.url=" + SharedEngines.freshDatabase("writer");
        sample = Sample.start(database);
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    @AfterEach
    void end() {
        threads.close();
    }

    /** What arrives while appends wait is stored in few transactions, with one notification each. */
    @Test
    void stores_in_one_transaction_what_waits_at_the_same_time() throws Exception {
        double batches = metric("tricolor_store_batches_total");
        double decisions = metric("tricolor_store_decisions_total");
        whileAppendsWait(i -> publish("together/" + i), List.of(), holder -> {}).forEach(CompletableFuture::join);
        assertThat(metric("tricolor_store_decisions_total") - decisions).isEqualTo(WRITERS + 1);
        assertThat(metric("tricolor_store_batches_total") - batches).isEqualTo(2);
        for (int i = 0; i < WRITERS; i++) {
            assertThat(sample.bean(StreamReader.class).lastSequence("together/" + i))
                    .hasValue(0);
        }
    }

    @Test
    void a_conflict_fails_its_own_command_and_no_other_of_the_batch() throws Exception {
        publish("torn");
        double divided = metric("tricolor_store_divided_batches_total");
        Publish torn = new Publish("torn", "test", Instant.now());
        List<CompletableFuture<Void>> waiting = whileAppendsWait(
                i -> publish("calm/" + i),
                // Not tried again, unlike what goes through Commands.
                List.of(() -> sample.bean(CommandGateway.class).sendAndWait(torn)),
                EventWriterIT::appendToTorn);
        assertThatThrownBy(waiting.removeLast()::join).hasCauseInstanceOf(ConcurrencyException.class);
        waiting.forEach(CompletableFuture::join);
        assertThat(metric("tricolor_store_divided_batches_total") - divided).isEqualTo(1);
        StreamReader reader = sample.bean(StreamReader.class);
        assertThat(reader.read("torn", 0, 10)).extracting(StoredEvent::eventId).endsWith("of-another");
        for (int i = 0; i < WRITERS; i++) {
            assertThat(reader.lastSequence("calm/" + i)).hasValue(0);
        }
    }

    /** What another instance does that has the lock. */
    private static void appendToTorn(Connection holder) throws SQLException {
        try (Statement insert = holder.createStatement()) {
            insert.executeUpdate("""
                    insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                        payload_revision, payload, metadata, recorded_at)
                    select aggregate_type, aggregate_id, 1, 'of-another', payload_type, payload_revision, payload,
                        metadata, recorded_at from domain_event where aggregate_id = 'torn'
                    """);
        }
    }

    /** A reader that follows the store sees everything, in the order of positions, with two writers at work. */
    @Test
    void a_reader_that_follows_misses_nothing_of_two_instances_that_write_in_batches() {
        try (Sample other = Sample.start(database)) {
            StreamReader reader = sample.bean(StreamReader.class);
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            AtomicInteger running = new AtomicInteger();
            for (Sample instance : List.of(sample, other)) {
                for (int i = 0; i < WRITERS; i++) {
                    String stream = "followed/" + running.incrementAndGet();
                    writers.add(CompletableFuture.runAsync(
                            () -> IntStream.range(0, 25).forEach(n -> publish(instance, stream)), threads));
                }
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new));
            Map<String, Long> sequences = new ConcurrentHashMap<>();
            long position = 0;
            boolean last = false;
            while (true) {
                List<StoredEvent> page = reader.readAll(position, 7);
                for (StoredEvent event : page) {
                    assertThat(event.globalPosition()).isGreaterThan(position);
                    position = event.globalPosition();
                    if (event.aggregateId().startsWith("followed/")) {
                        Long before = sequences.put(event.aggregateId(), event.sequence());
                        assertThat(event.sequence()).isEqualTo(before == null ? 0 : before + 1);
                    }
                }
                if (page.isEmpty() && last) {
                    break;
                }
                last = all.isDone();
            }
            all.join();
            assertThat(sequences)
                    .hasSize(2 * WRITERS)
                    .allSatisfy((stream, sequence) -> assertThat(sequence).isEqualTo(24));
        }
    }

    /** Each answer that somebody got before the kill -9 is of something that is stored. */
    @Test
    void a_writer_that_is_killed_loses_nothing_that_it_has_acknowledged() {
        try (SampleProcess process = SampleProcess.start(directory, database)) {
            String base = "http://127.0.0.1:" + process.port();
            WebTestClient client = sample.client("operator")
                    .mutate()
                    .baseUrl(base)
                    .responseTimeout(LONG)
                    .build();
            await().atMost(LONG)
                    .ignoreExceptions()
                    .untilAsserted(() -> client.get()
                            .uri("/actuator/health/readiness")
                            .exchange()
                            .expectStatus()
                            .isOk());
            Map<String, Long> acknowledged = new ConcurrentHashMap<>();
            AtomicInteger answers = new AtomicInteger();
            List<CompletableFuture<Void>> writers = inParallel(WRITERS, i -> {
                try {
                    while (true) {
                        Map<?, ?> answer = client.post()
                                .uri("/api/namespaces/killed" + i)
                                .bodyValue(new Publication("test"))
                                .exchange()
                                .expectStatus()
                                .isOk()
                                .expectBody(Map.class)
                                .returnResult()
                                .getResponseBody();
                        acknowledged.put("killed" + i, ((Number) answer.get("revision")).longValue());
                        answers.incrementAndGet();
                    }
                } catch (RuntimeException gone) {
                    // it was killed
                }
            });
            await().atMost(LONG).until(() -> acknowledged.size() == WRITERS && answers.get() > 10 * WRITERS);
            process.kill();
            writers.forEach(CompletableFuture::join);
            StreamReader reader = sample.bean(StreamReader.class);
            assertThat(acknowledged)
                    .hasSize(WRITERS)
                    .allSatisfy((stream, revision) -> assertThat(
                                    reader.lastSequence(stream).orElseThrow())
                            .isGreaterThanOrEqualTo(revision - 1));
        }
    }

    /** Has one command wait for the lock of appends and the others for that one, then does something and lets go. */
    private List<CompletableFuture<Void>> whileAppendsWait(
            IntConsumer command, List<Runnable> others, LastWord lastWord) throws Exception {
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        EventWriter writer = sample.bean(EventWriter.class);
        try (Connection holder = sample.bean(DataSource.class).getConnection()) {
            holder.setAutoCommit(false);
            SerializedAppends.lock(holder);
            waiting.addAll(inParallel(1, i -> publish("ahead")));
            await().atMost(LONG)
                    .until(() -> sample.bean(JdbcClient.class)
                                    .sql("select count(*) from pg_locks where locktype = 'advisory' and not granted")
                                    .query(Integer.class)
                                    .single()
                            == 1);
            waiting.addAll(inParallel(WRITERS, command));
            others.forEach(other -> waiting.add(CompletableFuture.runAsync(other, threads)));
            await().atMost(LONG).until(() -> writer.waiting() == WRITERS + others.size());
            lastWord.say(holder);
            holder.commit();
            holder.setAutoCommit(true);
        }
        return waiting;
    }

    @FunctionalInterface
    private interface LastWord {
        void say(Connection holder) throws SQLException;
    }

    private List<CompletableFuture<Void>> inParallel(int count, IntConsumer command) {
        return IntStream.range(0, count)
                .mapToObj(i -> CompletableFuture.runAsync(() -> command.accept(i), threads))
                .toList();
    }

    private void publish(String namespace) {
        publish(sample, namespace);
    }

    private static void publish(Sample instance, String namespace) {
        instance.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish(namespace, "test", Instant.now()), CommandContext.ofService("tester", null, null));
    }

    private static double metric(String name) {
        Double value = CollectorRegistry.defaultRegistry.getSampleValue(name);
        return value == null ? 0 : value;
    }
}
