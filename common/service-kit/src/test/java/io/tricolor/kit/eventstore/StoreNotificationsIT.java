package io.tricolor.kit.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.axonframework.eventhandling.TrackedDomainEventData;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import reactor.core.Disposable;

/** Two instances on one database. Neither looks at the store by itself: what arrives was notified. */
class StoreNotificationsIT {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static Sample one;
    private static Sample other;

    @BeforeAll
    static void start() {
        String database = "spring.datasource.url=" + SharedEngines.freshDatabase("news");
        one = Sample.start(database, "tricolor.event-store.poll=1h");
        other = Sample.start(database, "tricolor.event-store.poll=1h");
    }

    @AfterAll
    static void stop() {
        one.close();
        other.close();
    }

    @Test
    void reach_every_instance_once_the_append_is_committed() {
        List<Long> heads = new CopyOnWriteArrayList<>();
        Disposable subscription = other.bean(StoreNotifications.class).heads().subscribe(heads::add);
        await().atMost(LONG).until(() -> !heads.isEmpty());
        long before = heads.getLast();
        new TransactionTemplate(one.bean(PlatformTransactionManager.class)).executeWithoutResult(transaction -> {
            publish("committed");
            assertThat(heads.getLast()).isEqualTo(before);
        });
        long head = one.bean(StreamReader.class).headPosition();
        await().atMost(LONG).until(() -> heads.getLast() == head);
        subscription.dispose();
    }

    @Test
    void tell_a_late_subscriber_where_the_store_is() {
        publish("late");
        long head = one.bean(StreamReader.class).headPosition();
        await().atMost(LONG)
                .until(() -> other.bean(StoreNotifications.class).heads().blockFirst(LONG) == head);
    }

    @Test
    void come_again_after_the_connection_was_lost_and_what_was_missed_is_found() {
        List<Long> heads = new CopyOnWriteArrayList<>();
        Disposable subscription = other.bean(StoreNotifications.class).heads().subscribe(heads::add);
        for (int i = 0; i < 3; i++) {
            one.bean(JdbcClient.class)
                    .sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' or "
                            + "query like 'select coalesce(max(global_position)%'")
                    .query((row, n) -> row.getBoolean(1))
                    .list();
            publish("lost");
            long head = one.bean(StreamReader.class).headPosition();
            await().atMost(LONG).until(() -> heads.contains(head));
        }
        subscription.dispose();
    }

    @Test
    void lead_to_the_events_that_were_stored() {
        StreamReader reader = other.bean(StreamReader.class);
        long before = reader.headPosition();
        publish("changed/a");
        publish("changed/b");
        publish("changed/a");
        List<TrackedDomainEventData<byte[]>> first = reader.stored(before, 3);
        assertThat(first).hasSize(3);
        assertThat(first.getFirst().trackingToken().position()).hasValue(before);
        assertThat(first.subList(1, 3))
                .extracting(TrackedDomainEventData::getAggregateIdentifier)
                .containsExactly("changed/a", "changed/b");
        List<TrackedDomainEventData<byte[]>> rest = reader.stored(before + 3, 3);
        assertThat(rest)
                .extracting(event -> event.trackingToken().position().orElseThrow())
                .containsExactly(reader.headPosition());
        assertThat(reader.decode(rest))
                .extracting(event -> event.payload().getClass())
                .isEqualTo(reader.read("changed/a", rest.getFirst().getSequenceNumber(), 1).stream()
                        .map(event -> event.payload().getClass())
                        .toList());
    }

    private static void publish(String namespace) {
        one.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish(namespace, "test", Instant.now()), CommandContext.ofService("tester", null, null));
    }
}
