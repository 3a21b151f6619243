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
    void lead_to_the_streams_that_changed() {
        StreamReader reader = other.bean(StreamReader.class);
        long before = reader.headPosition();
        publish("changed/a");
        publish("changed/b");
        publish("changed/a");
        StreamReader.Changes first = reader.changes(before, 2);
        assertThat(first.streams())
                .extracting(StreamReader.ChangedStream::aggregateId)
                .containsExactly("changed/a", "changed/b");
        assertThat(first.complete()).isFalse();
        StreamReader.Changes rest = reader.changes(first.position(), 2);
        assertThat(rest.streams())
                .extracting(StreamReader.ChangedStream::aggregateId)
                .containsExactly("changed/a");
        assertThat(rest.complete()).isTrue();
        assertThat(rest.position()).isEqualTo(reader.headPosition());
        assertThat(reader.changes(rest.position(), 2).streams()).isEmpty();
    }

    private static void publish(String namespace) {
        one.bean(Commands.class)
                .<Object>sendAndWait(
                        new Publish(namespace, "test", Instant.now()), CommandContext.ofService("tester", null, null));
    }
}
