package io.tricolor.kit.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class LoopTest {

    private static final Duration AGES = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(1);

    /** Of the watch alone; the loops themselves wait in real time. */
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);

    private final ProgressWatch watch = new ProgressWatch(Duration.ofSeconds(30), nanos::get);
    private @Nullable Loop loop;

    @AfterEach
    void stop() {
        if (loop != null) {
            loop.stop();
        }
    }

    private Loop started(Loop.Builder builder) {
        loop = builder.build(watch);
        loop.start();
        return loop;
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void survives_whatever_a_turn_throws_and_counts_it() {
        AtomicInteger turns = new AtomicInteger();
        started(Loop.named("thrower", () -> {
                    switch (turns.incrementAndGet()) {
                        case 1 -> throw new IllegalStateException("unexpected");
                        case 2 -> throw new java.io.IOException("checked");
                        case 3 -> throw new StackOverflowError();
                        case 4 -> throw new InterruptedException("not ours");
                        case 5 -> Thread.currentThread().interrupt();
                        default -> {}
                    }
                })
                .every(SHORT)
                .backOff(SHORT, SHORT));
        await().until(() -> turns.get() > 10);
        assertThat(turns("thrower", "failed")).isEqualTo(4);
        assertThat(turns("thrower", "done")).isGreaterThanOrEqualTo(6);
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void turns_at_once_when_woken_also_for_what_comes_while_a_turn_runs() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        CountDownLatch inFirst = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Loop woken = started(Loop.named("woken", () -> {
                    if (turns.incrementAndGet() == 1) {
                        inFirst.countDown();
                        goOn.await();
                    }
                })
                .every(AGES));
        assertThat(inFirst.await(10, TimeUnit.SECONDS)).isTrue();
        woken.wake();
        woken.wake();
        goOn.countDown();
        await().until(() -> turns.get() == 2);
        woken.wake();
        await().until(() -> turns.get() == 3);
    }

    @Test
    void pauses_longer_after_each_failure_and_news_do_not_shorten_that() {
        AtomicInteger turns = new AtomicInteger();
        Loop failing = started(Loop.named("pausing", () -> {
                    turns.incrementAndGet();
                    throw new IllegalStateException("always");
                })
                .backOff(Duration.ofMillis(20), AGES));
        long begin = System.nanoTime();
        await().until(() -> {
            failing.wake();
            return turns.get() == 5;
        });
        // 20 + 40 + 80 + 160
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(250));
    }

    @Test
    void is_down_with_position_and_cause_when_it_only_fails() {
        AtomicInteger turns = new AtomicInteger();
        started(Loop.named("failer", () -> {
                    turns.incrementAndGet();
                    throw new IllegalStateException("outer", new java.io.IOException("the\ndisk is full"));
                })
                .backOff(SHORT, SHORT)
                .position(() -> "row 17"));
        await().until(() -> turns.get() > 3);
        pass(29);
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        pass(2);
        Health health = watch.health();
        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.getDetails().get("failer"))
                .isEqualTo("stands at row 17 for 31 s: java.io.IOException: the disk is full");
        assertThat(CollectorRegistry.defaultRegistry.getSampleValue(
                        "tricolor_standstill_seconds", new String[] {"what"}, new String[] {"failer"}))
                .isEqualTo(31);
    }

    @Test
    void is_down_while_a_turn_does_not_end_and_up_again_afterwards() {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger turns = new AtomicInteger();
        started(Loop.named("hanger", () -> {
                    turns.incrementAndGet();
                    goOn.await();
                })
                .every(AGES));
        await().until(() -> turns.get() == 1);
        pass(31);
        assertThat(watch.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(watch.health().getDetails().get("hanger").toString())
                .isEqualTo("stands at turn 1 for 31 s: it has not finished what it began");
        goOn.countDown();
        await().until(() -> watch.health().getStatus().equals(Status.UP));
    }

    @Test
    void does_not_count_the_rest_between_turns_nor_the_time_that_a_turn_may_take() {
        AtomicInteger turns = new AtomicInteger();
        CountDownLatch goOn = new CountDownLatch(1);
        started(Loop.named("resting", () -> {
                    turns.incrementAndGet();
                    goOn.await();
                })
                .every(AGES)
                .mayTake(Duration.ofMinutes(2)));
        await().until(() -> turns.get() == 1);
        pass(149);
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        pass(2);
        assertThat(watch.health().getStatus()).isEqualTo(Status.DOWN);
        goOn.countDown();
        await().until(() -> watch.health().getStatus().equals(Status.UP));
        pass(3000);
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void a_turn_without_end_says_that_it_gets_on() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        CountDownLatch saidIt = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Loop[] endless = new Loop[1];
        endless[0] = Loop.named("endless", () -> {
                    int turn = turns.incrementAndGet();
                    if (turn == 2) {
                        pass(31);
                        endless[0].moved();
                        saidIt.countDown();
                        goOn.await();
                    }
                    throw new IllegalStateException("turn " + turn);
                })
                .backOff(SHORT, SHORT)
                .build(watch);
        loop = endless[0];
        loop.start();
        assertThat(saidIt.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        pass(31);
        assertThat(watch.health().getStatus()).isEqualTo(Status.DOWN);
        goOn.countDown();
        await().until(() -> turns.get() > 3);
    }

    @Test
    void only_degrades_the_service_when_it_is_auxiliary() {
        AtomicInteger turns = new AtomicInteger();
        started(Loop.named("helper", () -> {
                    turns.incrementAndGet();
                    throw new IllegalStateException("not there");
                })
                .auxiliary());
        await().until(() -> turns.get() > 0 && !watch.health().getDetails().isEmpty());
        await().until(() -> {
            pass(31);
            return watch.health().getDetails().get("degraded").equals(true);
        });
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void stops_within_a_turn_or_a_pause_and_is_not_watched_any_more_and_starts_again() {
        AtomicInteger turns = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        Loop blocked = started(Loop.named("blocked", () -> {
            turns.incrementAndGet();
            never.await();
        }));
        await().until(() -> turns.get() == 1);
        blocked.stop();
        assertThat(blocked.isRunning()).isFalse();
        pass(1000);
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        assertThat(turns("blocked", "failed")).isZero();
        blocked.start();
        await().until(() -> turns.get() == 2);
    }

    private static double turns(String loop, String outcome) {
        Double value = CollectorRegistry.defaultRegistry.getSampleValue(
                "tricolor_loop_turns_total", new String[] {"loop", "outcome"}, new String[] {loop, outcome});
        return value == null ? -1 : value;
    }
}
