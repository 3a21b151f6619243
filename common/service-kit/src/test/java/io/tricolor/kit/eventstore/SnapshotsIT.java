package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.axonframework.serialization.Revision;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A stream of 30,000 events costs what its last hundred cost. */
class SnapshotsIT {

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start("spring.datasource.url=" + SharedEngines.freshDatabase("snapshots"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    /** What lies before the snapshot is made unreadable: whoever reads it fails. */
    @Test
    void loads_from_the_newest_snapshot_unless_that_is_of_another_revision_of_the_state() {
        JdbcClient jdbc = sample.bean(JdbcClient.class);
        publish("long", 1);
        jdbc.sql("""
                        insert into domain_event (aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                                                  payload_revision, payload, metadata, recorded_at)
                        select aggregate_type, aggregate_id, n, 'long-' || n, payload_type, payload_revision,
                               convert_to(replace(convert_from(payload, 'UTF8'), '"revision":1', '"revision":' || n + 1),
                                          'UTF8'),
                               metadata, recorded_at
                        from domain_event cross join generate_series(1, 29999) n where aggregate_id = 'long'
                        """).update();
        long begun = System.nanoTime();
        publish("long", 1);
        Duration whole = Duration.ofNanos(System.nanoTime() - begun);
        await().atMost(Duration.ofSeconds(60)).until(() -> snapshots("long") == 1);
        jdbc.sql("update domain_event set payload_type = 'config.nobody-knows' "
                        + "where aggregate_id = 'long' and sequence_number < 30000")
                .update();
        begun = System.nanoTime();
        publish("long", 1);
        Duration fromSnapshot = Duration.ofNanos(System.nanoTime() - begun);
        assertThat(sample.bean(StreamReader.class).read("long", 30_001, 1))
                .extracting(StoredEvent::payload)
                .extracting(ConfigRevisionPublished.class::cast)
                .extracting(ConfigRevisionPublished::revision)
                .containsExactly(30_002L);
        System.out.println(
                "30,000 events: " + whole.toMillis() + " ms, from the snapshot: " + fromSnapshot.toMillis() + " ms");
        assertThat(fromSnapshot).isLessThan(whole.dividedBy(5));
        jdbc.sql("update aggregate_snapshot set payload_revision = '0-older' where aggregate_id = 'long'")
                .update();
        assertThatThrownBy(() -> publish("long", 1)).hasStackTraceContaining("config.nobody-knows");
        jdbc.sql("update domain_event set payload_type = 'config.revision-published' where aggregate_id = 'long'")
                .update();
        publish("long", 1);
        assertThat(sample.bean(StreamReader.class).lastSequence("long")).hasValue(30_002);
        jdbc.sql("delete from aggregate_snapshot").update();
        publish("long", 1);
    }

    private static int snapshots(String namespace) {
        return sample.bean(JdbcClient.class)
                .sql("select count(*) from aggregate_snapshot where aggregate_id = :namespace")
                .param("namespace", namespace)
                .query(Integer.class)
                .single();
    }

    @Test
    void have_the_revision_of_the_shape_of_a_state() {
        StateShapes shapes = new StateShapes();
        assertThat(shapes.revisionOf(One.class))
                .isEqualTo(shapes.revisionOf(One.class))
                .startsWith("0-");
        assertThat(shapes.revisionOf(One.class)).isNotEqualTo(shapes.revisionOf(Other.class));
        assertThat(shapes.revisionOf(Outer.class)).isNotEqualTo(shapes.revisionOf(OtherOuter.class));
        assertThat(shapes.revisionOf(Numbered.class)).startsWith("7-");
        assertThat(shapes.revisionOf(String.class)).isNull();
    }

    /** Two states of which one has a member more, deep down. */
    record One(String name) {}

    record Other(String name, int number) {}

    record Outer(List<Optional<One>> inner) {}

    record OtherOuter(List<Optional<Other>> inner) {}

    @Revision("7")
    record Numbered(String name) {}

    private static void publish(String namespace, int times) {
        for (int i = 0; i < times; i++) {
            sample.bean(Commands.class)
                    .<Object>sendAndWait(
                            new Publish(namespace, "test", Instant.now()),
                            CommandContext.ofService("tester", null, null));
        }
    }
}
