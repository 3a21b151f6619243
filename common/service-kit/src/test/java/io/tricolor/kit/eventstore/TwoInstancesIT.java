package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleProcess;
import io.tricolor.kit.sample.SampleService.Publish;
import io.tricolor.kit.sample.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Two instances of a service on one database, one of them in a process that can be killed. */
class TwoInstancesIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<AutoCloseable> started = new ArrayList<>();
    private String database = "";

    @TempDir
    private Path directory;

    @BeforeEach
    void prepare() {
        database = "spring.datasource.url=" + SharedEngines.freshDatabase("two");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable instance : started.reversed()) {
            instance.close();
        }
    }

    @Test
    void the_other_one_takes_over_within_ten_seconds_of_a_kill_and_not_before() {
        SampleProcess worker = process();
        JdbcClient jdbc = client();
        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> owner(jdbc, "revisions").contains("#" + worker.pid() + "-"));
        Sample standby = sample();
        publish(standby, "before", 3);
        await().atMost(LONG).until(() -> applied(jdbc, "before") == 3);
        String claimed = owner(jdbc, "revisions");
        await().during(Duration.ofSeconds(8))
                .atMost(Duration.ofSeconds(9))
                .until(() -> owner(jdbc, "revisions").equals(claimed));
        worker.kill();
        long killed = System.nanoTime();
        publish(standby, "after", 3);
        await().atMost(LONG).until(() -> applied(jdbc, "after") == 3);
        Duration idle = Duration.ofNanos(System.nanoTime() - killed);
        System.out.println("taken over after " + idle.toMillis() + " ms");
        assertThat(idle).isLessThan(Duration.ofSeconds(10));
        assertThat(owner(jdbc, "revisions"))
                .contains("#" + ProcessHandle.current().pid() + "-");
    }

    /** From the kill to the first event that the next start of the same instance projects, its boot included. */
    @Test
    void an_instance_that_is_started_again_after_a_kill_waits_for_its_own_claim_no_longer() {
        SampleProcess first = process();
        JdbcClient jdbc = client();
        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> owner(jdbc, "revisions").contains("#" + first.pid() + "-"));
        first.kill();
        long killed = System.nanoTime();
        Sample again = sample();
        Duration boot = Duration.ofNanos(System.nanoTime() - killed);
        publish(again, "again", 1);
        await().atMost(LONG).until(() -> applied(jdbc, "again") == 1);
        Duration all = Duration.ofNanos(System.nanoTime() - killed);
        System.out.println("boot " + boot.toMillis() + " ms, at work after " + all.toMillis() + " ms");
        assertThat(all).isLessThan(boot.plus(Duration.ofSeconds(10)));
    }

    @Test
    void a_read_model_is_rebuilt_by_either_also_while_the_other_is_at_work_on_it() {
        Sample one = sample();
        JdbcClient jdbc = one.bean(JdbcClient.class);
        publish(one, "rebuilt", 5);
        await().atMost(LONG).until(() -> applied(jdbc, "rebuilt") == 5);
        Sample other = sample();
        int published = 5;
        for (Sample rebuilding : List.of(other, one, other, other)) {
            CompletableFuture<Void> load = CompletableFuture.runAsync(() -> publish(one, "rebuilt", 50));
            rebuilding.bean(Rebuilds.class).start("revisions");
            load.join();
            published += 50;
            int expected = published;
            await().atMost(LONG).until(() -> applied(jdbc, "rebuilt") == expected);
        }
        jdbc.sql("update revision_view set applied = 0 where namespace = 'rebuilt'")
                .update();
        other.bean(Rebuilds.class).start("revisions");
        int expected = published;
        await().atMost(LONG).until(() -> applied(jdbc, "rebuilt") == expected);
    }

    @Test
    void a_command_that_named_no_version_and_lost_its_stream_to_the_other_instance_is_decided_again() {
        Sample one = sample();
        Sample other = sample();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (Sample instance : List.of(one, other)) {
            writers.add(CompletableFuture.runAsync(() -> publish(instance, "contended", 40)));
            writers.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 40; i++) {
                    publish(instance, "created/" + i, 1);
                }
            }));
            writers.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 40; i++) {
                    instance.bean(Commands.class)
                            .<Object>send(
                                    new Publish("contended", "test", Instant.now()),
                                    CommandContext.ofService("tester", null, null))
                            .block(LONG);
                }
            }));
        }
        writers.forEach(CompletableFuture::join);
        StreamReader reader = one.bean(StreamReader.class);
        assertThat(reader.lastSequence("contended")).hasValue(159);
        for (int i = 0; i < 40; i++) {
            assertThat(reader.lastSequence("created/" + i)).hasValue(1);
        }
    }

    /** Kafka is away for longer than a claim lasts without being extended. */
    @Test
    void a_relay_that_waits_for_kafka_keeps_its_claim() {
        try (KafkaEngine kafka = KafkaEngine.start(directory)) {
            String[] settings = {
                "spring.kafka.bootstrap-servers=" + kafka.bootstrapServers(),
                "spring.kafka.producer.properties.delivery.timeout.ms=60000",
                "spring.kafka.producer.properties.max.block.ms=60000"
            };
            Sample one = sample(settings);
            JdbcClient jdbc = one.bean(JdbcClient.class);
            publish(one, "relayed", 1);
            relayed(kafka, 1);
            String claimed = owner(jdbc, "kafka-relay");
            Sample other = sample(settings);
            kafka.kill();
            publish(other, "relayed", 2);

            await().during(Duration.ofSeconds(12))
                    .atMost(Duration.ofSeconds(13))
                    .until(() -> owner(jdbc, "kafka-relay").equals(claimed));
            kafka.restart();
            relayed(kafka, 3);
            assertThat(owner(jdbc, "kafka-relay")).isEqualTo(claimed);
            started.reversed().forEach(TwoInstancesIT::closeQuietly);
            started.clear();
        }
    }

    private static void closeQuietly(AutoCloseable instance) {
        try {
            instance.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void relayed(KafkaEngine kafka, int events) {
        assertThat(Topic.read(kafka.bootstrapServers(), Topics.CONFIG_EVENTS, LONG, all -> all.size() >= events))
                .hasSizeGreaterThanOrEqualTo(events);
    }

    /** While nobody may have made the tables yet. */
    private JdbcClient client() {
        return JdbcClient.create(new DriverManagerDataSource(
                database.substring("spring.datasource.url=".length()), "tricolor", "tricolor"));
    }

    private Sample sample(String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add(database);
        Sample instance = Sample.start(all.toArray(String[]::new));
        started.add(instance);
        return instance;
    }

    private SampleProcess process() {
        SampleProcess instance = SampleProcess.start(directory, database);
        started.add(instance);
        return instance;
    }

    private static void publish(Sample by, String namespace, int times) {
        for (int i = 0; i < times; i++) {
            by.bean(Commands.class)
                    .<Object>sendAndWait(
                            new Publish(namespace, "test", Instant.now()),
                            CommandContext.ofService("tester", null, null));
        }
    }

    private static String owner(JdbcClient jdbc, String processor) {
        return jdbc.sql("select coalesce(owner, '') from processor_token where processor_name = :name")
                .param("name", processor)
                .query(String.class)
                .optional()
                .orElse("");
    }

    private static long applied(JdbcClient jdbc, String namespace) {
        return jdbc.sql("select applied from revision_view where namespace = :namespace")
                .param("namespace", namespace)
                .query(Long.class)
                .optional()
                .orElse(0L);
    }
}
