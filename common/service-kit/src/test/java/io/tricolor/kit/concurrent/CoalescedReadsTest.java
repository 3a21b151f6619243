package io.tricolor.kit.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CoalescedReadsTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Set<String>> calls = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch firstIsIn = new CountDownLatch(1);
    private final CountDownLatch firstMayEnd = new CountDownLatch(1);

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    /** The first call waits until it may end; a key "bad" fails. */
    private Map<String, String> read(Set<String> keys) {
        calls.add(new TreeSet<>(keys));
        if (calls.size() == 1) {
            firstIsIn.countDown();
            try {
                assertThat(firstMayEnd.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (keys.contains("bad")) {
            throw new IllegalStateException("bad");
        }
        return keys.stream().filter(key -> !key.equals("none")).collect(Collectors.toMap(key -> key, key -> key + "!"));
    }

    private List<Future<String>> whileTheFirstRuns(CoalescedReads<String, String> reads, List<String> keys)
            throws InterruptedException {
        Future<String> first = threads.submit(() -> reads.get("first"));
        assertThat(firstIsIn.await(20, TimeUnit.SECONDS)).isTrue();
        List<Future<String>> others = new ArrayList<>(List.of(first));
        List<Thread> asking = Collections.synchronizedList(new ArrayList<>());
        for (String key : keys) {
            others.add(threads.submit(() -> {
                asking.add(Thread.currentThread());
                return reads.get(key);
            }));
        }
        while (asking.size() < keys.size()
                || asking.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
        firstMayEnd.countDown();
        return others;
    }

    @Test
    void whatIsAskedForWhileAReadRunsIsReadTogetherAfterIt() throws Exception {
        CoalescedReads<String, String> reads = new CoalescedReads<>(this::read);

        List<Future<String>> answers = whileTheFirstRuns(reads, List.of("a", "b", "a", "none"));

        assertThat(answers.get(0).get()).isEqualTo("first!");
        assertThat(answers.get(1).get()).isEqualTo("a!");
        assertThat(answers.get(2).get()).isEqualTo("b!");
        assertThat(answers.get(3).get()).isEqualTo("a!");
        assertThat(answers.get(4).get()).isNull();
        assertThat(calls).containsExactly(Set.of("first"), Set.of("a", "b", "none"));
    }

    @Test
    void oneThatFailsFailsAlone() throws Exception {
        CoalescedReads<String, String> reads = new CoalescedReads<>(this::read);

        List<Future<String>> answers = whileTheFirstRuns(reads, List.of("a", "bad", "b"));

        assertThat(answers.get(1).get()).isEqualTo("a!");
        assertThatThrownBy(answers.get(2)::get).hasRootCauseMessage("bad");
        assertThat(answers.get(3).get()).isEqualTo("b!");
        assertThat(reads.get("later")).as("it goes on").isEqualTo("later!");
    }

    @Test
    void anAnswerIsNeverOlderThanItsQuestion() throws Exception {
        AtomicLong written = new AtomicLong();
        CoalescedReads<String, Long> reads = new CoalescedReads<>(keys -> Map.of("n", written.get()));

        List<Future<Boolean>> readers = IntStream.range(0, 8)
                .mapToObj(reader -> threads.submit(() -> {
                    boolean fresh = true;
                    for (int i = 0; i < 2_000; i++) {
                        long mine = written.incrementAndGet();
                        Long read = reads.get("n");
                        fresh &= read != null && read >= mine;
                    }
                    return fresh;
                }))
                .toList();

        for (Future<Boolean> reader : readers) {
            assertThat(reader.get()).isTrue();
        }
    }
}
