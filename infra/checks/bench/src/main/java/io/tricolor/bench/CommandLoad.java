package io.tricolor.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Commands that change the tables of different groups, one after the other round them all. */
final class CommandLoad {

    private final StrategyApi api;
    private final int groups;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * What came of it.
     *
     * @param perSecond commands that were accepted
     * @param millis how long each took, also those that failed; sorted
     * @param failed commands that were refused, or not answered in time
     */
    record Result(double perSecond, List<Double> millis, int failed) {

        double quantile(double share) {
            return Statistics.quantile(millis, share);
        }
    }

    CommandLoad(StrategyApi api, int groups) {
        this.api = api;
        this.groups = groups;
    }

    /** As many as are accepted: each connection sends one when the last one was answered. */
    Result closed(int connections, int seconds) throws InterruptedException {
        List<Double> millis = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger failed = new AtomicInteger();
        long begun = System.nanoTime();
        long end = begun + seconds * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                while (System.nanoTime() < end) {
                    send(System.nanoTime(), millis, failed);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return result(begun, millis, failed);
    }

    /** So many a second, each at its time whether the ones before are answered or not; latency counts from then on. */
    Result open(int perSecond, int seconds) throws InterruptedException {
        List<Double> millis = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger failed = new AtomicInteger();
        int count = perSecond * seconds;
        CountDownLatch answered = new CountDownLatch(count);
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = begun + i * 1_000_000_000L / perSecond;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            Thread.ofVirtual().start(() -> {
                send(due, millis, failed);
                answered.countDown();
            });
        }
        answered.await();
        return result(begun, millis, failed);
    }

    private void send(long due, List<Double> millis, AtomicInteger failed) {
        int number = next.getAndIncrement();
        try {
            api.put(
                    "/api/groups/" + SeededGroups.name(1 + number % groups) + "/route-strategy",
                    SeededGroups.direct(number / groups));
        } catch (IOException e) {
            failed.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed.incrementAndGet();
        }
        millis.add((System.nanoTime() - due) / 1e6);
    }

    private static Result result(long begun, List<Double> millis, AtomicInteger failed) {
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new Result(
                (millis.size() - failed.get()) / seconds,
                millis.stream().sorted().toList(),
                failed.get());
    }
}
