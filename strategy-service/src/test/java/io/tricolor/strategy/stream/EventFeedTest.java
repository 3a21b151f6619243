package io.tricolor.strategy.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Sinks;

@Tag("slow")
class EventFeedTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Store store = new Store();
    private final Sinks.Many<Integer> occasions = Sinks.many().multicast().directBestEffort();
    private volatile Instant now = START;
    private EventFeed feed;

    /** Events in memory; counts how often a page was read. */
    private static final class Store implements EventSource {

        private final List<StreamedEvent> events = new CopyOnWriteArrayList<>();
        private final AtomicInteger readings = new AtomicInteger();

        void append(String group, int count) {
            for (int i = 0; i < count; i++) {
                long position = head() + 1;
                events.add(new StreamedEvent(position, group, position, position, "t", START, "olga"));
            }
        }

        @Override
        public long head() {
            return events.size();
        }

        @Override
        public EventPage after(long position, int limit) {
            readings.incrementAndGet();
            List<StreamedEvent> all = List.copyOf(events);
            int to = (int) Math.min(all.size(), position + limit);
            List<StreamedEvent> page = position >= all.size() ? List.of() : all.subList((int) position, to);
            return new EventPage(page.isEmpty() ? position : to, page, to >= all.size());
        }
    }

    /** Takes as many frames as it asks for. */
    private static final class Client extends BaseSubscriber<ServerSentEvent<Object>> {

        private final List<ServerSentEvent<Object>> frames = new CopyOnWriteArrayList<>();
        private final List<Throwable> failures = new CopyOnWriteArrayList<>();
        private final long first;
        private volatile boolean complete;

        Client(long first) {
            this.first = first;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(first);
        }

        @Override
        protected void hookOnNext(ServerSentEvent<Object> frame) {
            frames.add(frame);
        }

        @Override
        protected void hookOnComplete() {
            complete = true;
        }

        @Override
        protected void hookOnError(Throwable failure) {
            failures.add(failure);
        }

        List<Long> positions() {
            List<Long> found = new ArrayList<>();
            for (ServerSentEvent<Object> frame : frames) {
                if (frame.data() instanceof StreamedEvent event) {
                    assertThat(frame.id()).isEqualTo(String.valueOf(event.position()));
                    found.add(event.position());
                }
            }
            return found;
        }

        String lastId() {
            return String.valueOf(frames.getLast().id());
        }
    }

    @BeforeEach
    void start() {
        feed = feed(new StreamProperties(5, Duration.ofSeconds(10), Duration.ofSeconds(30)));
        feed.start();
    }

    private EventFeed feed(StreamProperties properties) {
        return new EventFeed(
                store, occasions.asFlux(), new ProgressWatch(Duration.ofSeconds(30)), () -> now, properties);
    }

    @AfterEach
    void stop() {
        feed.stop();
    }

    private Client listen(@Nullable Long after, long first, String... groups) {
        Client client = new Client(first);
        feed.stream(after, Set.of(groups), START.plusSeconds(3_600)).subscribe(client);
        await().until(() -> !client.frames.isEmpty() || !client.failures.isEmpty());
        return client;
    }

    private static List<Long> range(long from, long to) {
        List<Long> all = new ArrayList<>();
        for (long i = from; i <= to; i++) {
            all.add(i);
        }
        return all;
    }

    @Test
    void says_first_where_it_is_and_then_tells_what_is_new() {
        store.append("shop", 3);
        Client client = listen(null, Long.MAX_VALUE);
        assertThat(client.frames.getFirst().event()).isEqualTo("hello");
        assertThat(client.frames.getFirst().data()).isEqualTo(new StreamListener.Hello(3, 3, false));
        store.append("shop", 2);
        occasions.tryEmitNext(1);
        await().until(() -> client.positions().equals(List.of(4L, 5L)));
    }

    @Test
    void one_who_takes_little_at_a_time_and_one_who_comes_again_and_again_miss_nothing() {
        store.append("shop", 3_000);
        Client slow = listen(0L, 10);
        Client whole = listen(0L, Long.MAX_VALUE);
        List<Long> pieces = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < 40; i++) {
            store.append("shop", 100);
            occasions.tryEmitNext(i);
            slow.request(101);
            Client piece = listen(at, 1 + 73);
            await().until(() -> piece.frames.size() == 74);
            piece.cancel();
            pieces.addAll(piece.positions());
            at = Long.parseLong(piece.lastId());
        }
        assertThat(pieces).isEqualTo(range(1, 40 * 73));
        await().until(() -> whole.positions().equals(range(1, 7_000)));
        slow.request(Long.MAX_VALUE);
        await().until(() -> slow.positions().equals(range(1, 7_000)));
    }

    @Test
    void all_listeners_together_read_what_is_new_once() {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(listen(null, Long.MAX_VALUE));
        }
        int before = store.readings.get();
        store.append("shop", 10);
        occasions.tryEmitNext(1);
        clients.forEach(client -> await().until(() -> client.positions().size() == 10));
        assertThat(store.readings.get() - before).isLessThanOrEqualTo(2);
    }

    @Test
    void tells_of_the_groups_that_were_asked_for_and_moves_the_position_past_others() {
        Client client = listen(null, Long.MAX_VALUE, "shop");
        store.append("other", 4);
        store.append("shop", 1);
        store.append("other", 7);
        occasions.tryEmitNext(1);
        await().until(() -> client.positions().equals(List.of(5L)));
        await().until(() -> {
            now = now.plusSeconds(11);
            feed.tick();
            return client.lastId().equals("12");
        });
        assertThat(client.frames.getLast().comment()).isEqualTo("ping");
    }

    @Test
    void cuts_one_who_takes_nothing_and_says_where_to_go_on() {
        Client client = listen(null, 3);
        store.append("shop", 10);
        occasions.tryEmitNext(1);
        await().until(() -> client.positions().equals(List.of(1L, 2L)));
        feed.tick();
        now = START.plusSeconds(29);
        feed.tick();
        assertThat(client.complete).isFalse();
        now = START.plusSeconds(31);
        feed.tick();
        client.request(Long.MAX_VALUE);
        await().until(() -> client.complete);
        assertThat(client.frames.getLast().event()).isEqualTo("end");
        assertThat(client.frames.getLast().data())
                .hasToString("Cut[reason=slow, detail=nothing was taken for too long]");
        Client again = listen(Long.parseLong(client.lastId()), Long.MAX_VALUE);
        await().until(() -> again.positions().equals(range(3, 10)));
    }

    @Test
    void ends_with_the_token_and_with_the_instance() {
        Client client = listen(null, Long.MAX_VALUE);
        now = START.plusSeconds(3_600);
        feed.tick();
        assertThat(client.complete).isTrue();
        assertThat(client.frames.getLast().data()).hasToString("Cut[reason=expired, detail=the token has expired]");
        now = START;
        Client other = listen(null, Long.MAX_VALUE);
        feed.stop();
        assertThat(other.complete).isTrue();
        assertThat(other.frames.getLast().data()).hasToString("Cut[reason=shutdown, detail=this instance stops]");
    }

    @Test
    void says_that_a_position_is_of_another_store() {
        store.append("shop", 3);
        Client client = listen(99L, Long.MAX_VALUE);
        assertThat(client.frames.getFirst().data()).isEqualTo(new StreamListener.Hello(3, 3, true));
    }

    @Test
    void takes_no_more_listeners_than_it_may() {
        for (int i = 0; i < 5; i++) {
            listen(null, 1);
        }
        Client sixth = listen(null, 1);
        assertThat(sixth.failures)
                .singleElement()
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.rejection().code()).isEqualTo(Code.TOO_MANY_REQUESTS));
    }

    @Test
    void refuses_bounds_that_are_none() {
        assertThatThrownBy(() -> new StreamProperties(0, Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .hasMessageContaining("tricolor.stream.clients");
    }
}
