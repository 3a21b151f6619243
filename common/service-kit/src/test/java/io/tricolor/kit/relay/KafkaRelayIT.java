package io.tricolor.kit.relay;

import static io.tricolor.kit.sample.Topic.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.message.MessageSizes;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import io.tricolor.kit.sample.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

class KafkaRelayIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private static Path directory;

    private static KafkaEngine kafka;
    private static Sample sample;

    /** Kafka is not there while the service starts. */
    @BeforeAll
    static void start() {
        kafka = KafkaEngine.start(directory);
        kafka.kill();
        sample = Sample.start(
                "spring.datasource.url=" + SharedEngines.freshDatabase("relay"),
                "spring.kafka.bootstrap-servers=" + kafka.bootstrapServers(),
                "spring.kafka.producer.properties.delivery.timeout.ms=3000",
                "spring.kafka.producer.properties.request.timeout.ms=1000",
                "spring.kafka.producer.properties.max.block.ms=2000");
        publish("started-without-kafka", 1);
        assertThat(sample.bean(RelayState.class).lag()).isPositive();
        sample.client().get().uri("/actuator/health").exchange().expectStatus().isOk();
        kafka.restart();
    }

    @AfterAll
    static void stop() {
        sample.close();
        kafka.close();
    }

    @Test
    void relays_what_was_stored_while_kafka_was_away_at_start() {
        List<ConsumerRecord<String, byte[]>> records = relayed("started-without-kafka", 1);
        ConsumerRecord<String, byte[]> first = records.getFirst();
        assertThat(first.key()).isEqualTo("started-without-kafka");
        assertThat(header(first, "ce_specversion")).isEqualTo("1.0");
        assertThat(header(first, "ce_type")).isEqualTo("io.tricolor.config.revision-published.v1");
        assertThat(header(first, "ce_source")).isEqualTo("/tricolor/sample");
        assertThat(header(first, "ce_subject")).isEqualTo("started-without-kafka");
        assertThat(header(first, "ce_sequence")).isEqualTo("00000000000000000000");
        assertThat(header(first, "ce_epoch")).isEqualTo("0");
        assertThat(header(first, "ce_actor")).isEqualTo("tester");
        assertThat(header(first, "ce_correlationid")).isEqualTo("upgrade-1");
        assertThat(header(first, "ce_causationid")).isEqualTo("message-1");
        assertThat(header(first, "ce_id")).isNotEmpty();
        assertThat(Instant.parse(header(first, "ce_time"))).isBefore(Instant.now());
        assertThat(header(first, "content-type")).isEqualTo("application/json");
    }

    @Test
    void says_the_epoch_of_a_stream() {
        sample.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish("restored", "epoch 3", Instant.now()),
                        CommandContext.ofService("tester", null, null));
        assertThat(relayed("restored", 1))
                .first()
                .satisfies(record -> assertThat(header(record, "ce_epoch")).isEqualTo("3"));
    }

    /** The largest event that may be stored gets through with the settings that services have. */
    @Test
    void takes_the_largest_event_that_can_be_stored() {
        String reason = random(MessageSizes.LARGEST_DECISION - 1_000);
        Commands commands = sample.bean(Commands.class);
        commands.<Object>sendAndWait(
                new Publish("largest", reason, Instant.now()), CommandContext.ofService("tester", null, null));
        assertThat(relayed("largest", 1))
                .singleElement()
                .satisfies(record -> assertThat(record.value()).hasSizeGreaterThan(reason.length()));
    }

    /** Nothing that compression makes smaller. */
    private static String random(int length) {
        return new Random(7)
                .ints(length, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void loses_nothing_when_kafka_is_killed_under_load() {
        RelayState relay = sample.bean(RelayState.class);
        publish("killed", 30);
        await().atMost(LONG).until(() -> relay.lag() == 0);
        long acknowledged = sample.bean(StreamReader.class).headPosition();
        kafka.kill();
        publish("killed", 30);
        await().atMost(LONG)
                .until(() -> relay.health().getDetails().get("degraded").equals(true));
        assertThat(storedPosition()).isEqualTo(acknowledged);
        kafka.restart();
        publish("killed", 30);
        List<ConsumerRecord<String, byte[]>> records = relayed("killed", 90);
        assertThat(firstDeliveries(records)).containsExactlyElementsOf(sequences(90));
        await().atMost(LONG).until(() -> relay.lag() == 0);
    }

    /** A refusal comes with the acknowledgement, when the producer has long taken the record. */
    @Test
    void does_not_move_on_while_the_broker_refuses_a_record() {
        RelayState relay = sample.bean(RelayState.class);
        publish("refused", 1);
        relayed("refused", 1);
        await().atMost(LONG).until(() -> relay.lag() == 0);
        long acknowledged = sample.bean(StreamReader.class).headPosition();
        maxMessageBytes("1");
        publish("refused", 3);
        await().atMost(LONG)
                .until(() -> relay.health().getDetails().get("degraded").equals(true));
        assertThat(relay.health().getDetails().get("failure").toString()).contains("RecordTooLarge");
        assertThat(storedPosition()).isEqualTo(acknowledged);
        maxMessageBytes("1048588");
        assertThat(firstDeliveries(relayed("refused", 4))).containsExactlyElementsOf(sequences(4));
    }

    private static void maxMessageBytes(String bytes) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, Topics.CONFIG_EVENTS),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", bytes), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void repeats_and_does_not_skip_when_it_dies_between_the_acknowledgement_and_its_own_commit() {
        publish("dies", 1);
        relayed("dies", 1);
        JdbcClient jdbc = sample.bean(JdbcClient.class);
        jdbc.sql("""
                        create or replace function refuse_commit() returns trigger language plpgsql as $$
                        begin raise exception 'killed before the commit'; end $$
                        """).update();
        jdbc.sql("""
                        create constraint trigger dying after update on processor_token deferrable initially deferred
                        for each row when (new.processor_name = 'kafka-relay' and new.token is distinct from old.token)
                        execute function refuse_commit()
                        """).update();
        publish("dies", 5);
        List<ConsumerRecord<String, byte[]>> sent = relayed("dies", 6);
        jdbc.sql("drop trigger dying on processor_token").update();
        publish("dies", 1);
        List<ConsumerRecord<String, byte[]>> records = relayed("dies", 7);
        assertThat(records).hasSizeGreaterThan(7).hasSizeGreaterThan(sent.size());
        assertThat(firstDeliveries(records)).containsExactlyElementsOf(sequences(7));
    }

    /** What the relay would go on from if it were killed now. */
    private static long storedPosition() {
        String token = sample.bean(JdbcClient.class)
                .sql("select convert_from(token, 'UTF8') from processor_token where processor_name = 'kafka-relay'")
                .query(String.class)
                .single();
        return JsonMapper.shared().readTree(token).get("index").asLong();
    }

    private static void publish(String namespace, int times) {
        Commands commands = sample.bean(Commands.class);
        for (int i = 0; i < times; i++) {
            commands.<Object>sendAndWait(
                    new Publish(namespace, "test", Instant.now()),
                    CommandContext.ofService("tester", "upgrade-1", "message-1"));
        }
    }

    /** What arrived of a stream once its last event is there. */
    private static List<ConsumerRecord<String, byte[]>> relayed(String subject, int events) {
        return Topic.read(
                        kafka.bootstrapServers(),
                        Topics.CONFIG_EVENTS,
                        LONG,
                        all -> of(subject, all).stream().anyMatch(r -> sequence(r) == events - 1))
                .stream()
                .filter(record -> subject.equals(record.key()))
                .toList();
    }

    private static List<ConsumerRecord<String, byte[]>> of(String subject, List<ConsumerRecord<String, byte[]>> all) {
        return all.stream().filter(record -> subject.equals(record.key())).toList();
    }

    private static List<Long> firstDeliveries(List<ConsumerRecord<String, byte[]>> records) {
        TreeSet<Long> seen = new TreeSet<>();
        List<Long> first = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            if (seen.add(sequence(record))) {
                first.add(sequence(record));
            }
        }
        return first;
    }

    private static long sequence(ConsumerRecord<String, byte[]> record) {
        return Long.parseLong(header(record, "ce_sequence"));
    }

    private static List<Long> sequences(int count) {
        return LongStream.range(0, count).boxed().toList();
    }
}
