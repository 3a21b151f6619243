package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RouteTablePublisherTest {

    private final Store store = new Store();
    private final GroupNotifications notifications = new GroupNotifications();
    private final List<String> notified = new CopyOnWriteArrayList<>();
    private final RouteTablePublisher publisher =
            new RouteTablePublisher(store, notifications, new ProgressWatch(ProgressWatch.LIMIT));

    @BeforeEach
    void listen() {
        notifications.changes().subscribe(notified::add);
    }

    @AfterEach
    void stop() {
        publisher.stop();
    }

    private static RouteTableDocument table(long version) {
        return RouteTableDocument.of(new RouteTable(
                "shop",
                1,
                version,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(Map.of("A", RouteStrategy.green()))));
    }

    private static SortedMap<String, TableIdentity> copy(long version) {
        return new TreeMap<>(Map.of("shop", table(version).identity()));
    }

    private long published() {
        return publisher.published("shop").version();
    }

    @Test
    void an_acknowledged_write_counts_at_once_and_does_not_wait_for_the_read_back() throws InterruptedException {
        publisher.start();
        store.reading.acquire();
        publisher.publish(table(1));
        store.writes.release();
        await().until(() -> published() == 1);
        assertThat(notified).containsExactly("shop");
        assertThat(store.reading.availablePermits()).as("nothing was read back").isZero();
    }

    @Test
    void a_table_that_comes_while_another_is_written_follows_it_and_nobody_has_to_come_again() {
        publisher.publish(table(1));
        await().until(store.writes::hasQueuedThreads);
        publisher.publish(table(2));
        publisher.publish(table(3));
        publisher.publish(table(3));
        store.writes.release(10);
        await().until(() -> published() == 3);
        await().until(() -> notified.size() == 2);
        assertThat(store.written).as("the newest of those that waited").containsExactly(1L, 3L);
    }

    @Test
    void copies_that_were_read_before_a_write_take_nothing_back() throws InterruptedException {
        publisher.start();
        store.reading.acquire();
        store.writes.release(2);
        publisher.publish(table(1));
        await().until(() -> published() == 1);
        publisher.publish(table(2));
        await().until(() -> published() == 2);

        store.copies.add(copy(1));
        store.reading.acquire();
        assertThat(published()).isEqualTo(2);
        assertThat(store.indexes.getLast()).as("read again, without a wait").isZero();

        store.copies.add(copy(1));
        await().until(() -> published() == 1);
        store.reading.acquire();
        store.copies.add(new TreeMap<>());
        await().until(() -> published() == 0);
        assertThat(notified).as("two writes, a foreign one, a deletion").hasSize(4);
    }

    @Test
    void a_write_that_fails_is_given_up_and_may_be_tried_again() {
        store.fails = true;
        store.writes.release(2);
        publisher.publish(table(1));
        await().until(() -> store.written.size() == 1);
        store.fails = false;
        await().until(() -> {
            publisher.publish(table(1));
            return published() == 1;
        });
    }

    /** Writes when it is allowed to, and is read back what a test says. */
    private static final class Store implements RouteTableStore {

        private final Semaphore writes = new Semaphore(0);
        private final Semaphore reading = new Semaphore(0);
        private final BlockingQueue<SortedMap<String, TableIdentity>> copies = new LinkedBlockingQueue<>();
        private final List<Long> indexes = new CopyOnWriteArrayList<>();
        private final List<Long> written = new CopyOnWriteArrayList<>();
        private volatile boolean fails;

        @Override
        public Optional<String> read(String groupId) {
            return Optional.empty();
        }

        @Override
        public Copies copies(long index, Duration wait) throws InterruptedException {
            indexes.add(index);
            reading.release();
            return new Copies(index + 1, copies.take());
        }

        @Override
        public TableIdentity write(RouteTableDocument table) throws IOException, InterruptedException {
            writes.acquire();
            written.add(table.table().version());
            if (fails) {
                throw new IOException("away");
            }
            return table.identity();
        }
    }
}
