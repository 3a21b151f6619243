package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.gateway.RoutingState.Admission;
import io.tricolor.gateway.RoutingState.Pinned;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Tables;
import io.tricolor.routing.CompiledTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RoutingStateTest {

    private static final ServiceKey SERVICE = new ServiceKey("shop", "web");

    private static CompiledTable table(long version) {
        boolean odd = version % 2 == 1;
        return CompiledTable.of(Tables.table(
                1, version, Map.of(odd ? "A" : "B", RouteStrategy.green(), odd ? "B" : "A", RouteStrategy.red())));
    }

    private static RoutingState state() {
        RoutingState state = new RoutingState();
        state.apply(
                SERVICE,
                new TreeMap<>(Map.of(
                        "A", List.of(new Endpoint(new Instance("a", "127.0.0.1", 1))),
                        "B", List.of(new Endpoint(new Instance("b", "127.0.0.1", 2))))));
        state.apply(table(1));
        return state;
    }

    private static Pinned admit(RoutingState state) {
        return admit(state, () -> {});
    }

    /** Runs {@code meanwhile} between the first look at the table and the decision. */
    private static Pinned admit(RoutingState state, Runnable meanwhile) {
        Admission admission = state.admit(
                null,
                "/",
                table -> {
                    meanwhile.run();
                    return null;
                },
                0,
                null);
        return ((Admission.Admitted) admission).pinned();
    }

    @Test
    void a_request_that_a_swap_overtakes_is_decided_anew_and_counted_once() {
        RoutingState state = state();
        AtomicInteger looks = new AtomicInteger();
        Pinned pinned = admit(state, () -> {
            if (looks.incrementAndGet() == 1) {
                state.apply(table(2));
                assertThat(state.inFlight("shop")).isEmpty();
            }
        });
        assertThat(looks).hasValue(2);
        assertThat(pinned.table().table().version()).isEqualTo(2);
        assertThat(pinned.cluster()).isEqualTo("B");
        assertThat(state.inFlight("shop")).isEqualTo(Map.of("B", 1));
    }

    /**
     * Whenever a cluster was seen empty after a table that makes it RED was applied, no request of an older table
     * goes on to it. Looking
     * up the id takes its time, so that swaps come between the first look at the table and the increment.
     */
    @Test
    void a_count_of_zero_after_a_swap_means_that_no_older_request_is_left() throws InterruptedException {
        RoutingState state = state();
        Map<String, AtomicLong> drainedBy =
                new ConcurrentHashMap<>(Map.of("A", new AtomicLong(), "B", new AtomicLong()));
        ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicLong admitted = new AtomicLong();
        Thread[] users = new Thread[3];
        for (int u = 0; u < users.length; u++) {
            Random random = new Random(u);
            users[u] = new Thread(() -> {
                while (running.get()) {
                    try (Pinned pinned = admit(state, Thread::yield)) {
                        for (int i = random.nextInt(20); i >= 0; i--) {
                            long drained = drainedBy.get(pinned.cluster()).get();
                            if (pinned.table().table().version() < drained) {
                                violations.add("table " + pinned.table().table().version() + " goes on to "
                                        + pinned.cluster() + ", drained by " + drained);
                            }
                            Thread.yield();
                        }
                        admitted.incrementAndGet();
                    }
                }
            });
            users[u].start();
        }
        long version = 1;
        for (long end = System.nanoTime() + 4_000_000_000L; System.nanoTime() < end; ) {
            version++;
            state.apply(table(version));
            String drained = version % 2 == 0 ? "A" : "B";
            while (state.inFlight("shop").containsKey(drained)) {
                Thread.yield();
            }
            drainedBy.get(drained).set(version);
        }
        running.set(false);
        for (Thread user : users) {
            user.join();
        }
        assertThat(violations).isEmpty();
        assertThat(version).as("swaps").isGreaterThan(100);
        assertThat(admitted.get()).isGreaterThan(1_000);
        assertThat(state.inFlight("shop")).isEmpty();
    }

    @Test
    void a_request_whose_group_ends_after_its_entry_was_found_is_decided_by_what_was_seen() {
        RoutingState state = state();
        RoutingState.Snapshot seen = state.snapshot();
        state.remove("shop", () -> {});
        assertThat(state.admit(null, "/", table -> null, 0, null)).isInstanceOf(Admission.NoEntry.class);
        Admission admission = state.admit(null, "/", table -> null, 0, seen);
        try (Pinned pinned = ((Admission.Admitted) admission).pinned()) {
            assertThat(pinned.table().table().version()).isEqualTo(1);
            assertThat(state.inFlight("shop")).isEqualTo(Map.of(pinned.cluster(), 1));
        }
    }

    @Test
    void tells_at_once_when_the_last_request_to_a_red_cluster_ends() {
        RoutingState state = state();
        Pinned first = admit(state);
        Pinned second = admit(state);
        state.apply(table(2));
        AtomicInteger told = new AtomicInteger();
        state.onChange((group, urgent) -> {
            assertThat(urgent).isTrue();
            told.incrementAndGet();
        });
        first.close();
        first.close();
        assertThat(told).hasValue(0);
        assertThat(state.inFlight("shop")).isEqualTo(Map.of("A", 1));
        second.close();
        assertThat(told).hasValue(1);
        assertThat(state.inFlight("shop")).isEmpty();
        admit(state).close();
        assertThat(told).as("B is GREEN").hasValue(1);
    }

    @Test
    void tells_when_the_last_request_ends_to_a_green_cluster_that_gets_nobody_before_a_yellow_one() {
        RoutingState state = state();
        Pinned pinned = admit(state);
        state.apply(CompiledTable.of(
                Tables.table(1, 2, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(IdRule.everybody())))));
        List<Boolean> told = new ArrayList<>();
        state.onChange((group, urgent) -> told.add(urgent));
        pinned.close();
        assertThat(told).containsExactly(false);
        admit(state).close();
        assertThat(told).as("B takes everybody").hasSize(1);
        state.apply(SERVICE, new TreeMap<>(Map.of("A", List.of(new Endpoint(new Instance("a", "127.0.0.1", 1))))));
        told.clear();
        admit(state).close();
        assertThat(told).as("for want of instances of B, and never at once").containsExactly(false);
    }

    @Test
    void an_instance_that_stays_keeps_its_count_and_others_begin_anew() {
        RoutingState state = state();
        Endpoint before = state.snapshot().endpoints(SERVICE).of("A").getFirst();
        Pinned pinned = admit(state);
        pinned.sentTo(before);
        TreeMap<String, List<Endpoint>> more = new TreeMap<>(Map.of(
                "A",
                List.of(
                        new Endpoint(new Instance("a", "127.0.0.1", 1)),
                        new Endpoint(new Instance("a2", "127.0.0.1", 3)))));
        assertThat(state.apply(SERVICE, more)).isTrue();
        assertThat(state.apply(SERVICE, more)).as("nothing new").isFalse();
        List<Endpoint> after = state.snapshot().endpoints(SERVICE).of("A");
        assertThat(after.getFirst()).isSameAs(before);
        assertThat(before.inFlight()).isEqualTo(1);
        assertThat(Endpoints.pick(after, List.of(), new Random(1)).id()).isEqualTo("a2");
        pinned.sentTo(after.get(1));
        assertThat(before.inFlight()).isZero();
        pinned.close();
        assertThat(after.get(1).inFlight()).isZero();
    }

    @Test
    void an_instance_that_is_gone_gets_no_request_while_there_is_another_and_counts_until_its_last_one_ends() {
        RoutingState state = state();
        Endpoint gone = state.snapshot().endpoints(SERVICE).of("A").getFirst();
        Pinned before = admit(state);
        assertThat(before.sentTo(gone)).isTrue();
        Pinned late = admit(state);
        state.apply(SERVICE, new TreeMap<>(Map.of("A", List.of(new Endpoint(new Instance("a2", "127.0.0.1", 3))))));
        assertThat(state.inFlightInstances(state.snapshot(), "shop"))
                .isEqualTo(Map.of("A", Map.of("web", Map.of("a", 1))));
        assertThat(late.sentTo(gone)).as("it was chosen before it left").isFalse();
        assertThat(gone.inFlight()).isEqualTo(1);
        AtomicInteger told = new AtomicInteger();
        state.onChange((group, urgent) -> told.incrementAndGet());
        before.close();
        assertThat(told).as("somebody waits to stop it").hasValue(1);
        assertThat(state.inFlightInstances(state.snapshot(), "shop")).isEmpty();
    }

    @Test
    void a_request_whose_instances_have_all_gone_goes_to_one_of_them_and_counts_there() {
        RoutingState state = state();
        Endpoint gone = state.snapshot().endpoints(SERVICE).of("A").getFirst();
        Pinned late = admit(state);
        state.apply(SERVICE, new TreeMap<>());
        assertThat(state.inFlightInstances(state.snapshot(), "shop")).isEmpty();
        assertThat(late.sentTo(gone)).isTrue();
        assertThat(state.inFlightInstances(state.snapshot(), "shop"))
                .isEqualTo(Map.of("A", Map.of("web", Map.of("a", 1))));
        late.close();
        assertThat(state.inFlightInstances(state.snapshot(), "shop")).isEmpty();
    }

    @Test
    void prefers_instances_that_can_be_reached_and_takes_others_when_there_are_no_more() {
        Endpoint good = new Endpoint(new Instance("good", "127.0.0.1", 1));
        Endpoint bad = new Endpoint(new Instance("bad", "127.0.0.1", 2));
        bad.suspect(60_000_000_000L);
        Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            assertThat(Endpoints.pick(List.of(bad, good), List.of(), random)).isSameAs(good);
        }
        assertThat(Endpoints.pick(List.of(bad, good), List.of(good), random)).isSameAs(bad);
        assertThat(Endpoints.pick(List.of(bad, good), List.of(good, bad), random))
                .isNull();
    }
}
