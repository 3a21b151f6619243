package io.tricolor.kit.command;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.idempotency.KeyTaken;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.axonframework.modelling.command.AggregateStreamCreationException;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;
import reactor.util.retry.Retry;

/**
 * Commands that were decided on a state that was no longer the newest, because another instance appended to the same
 * stream in between. A command that named no version is decided again, on what is there now.
 */
final class LostRaces {

    /** Two instances that write to one stream as fast as they can lose every second race: so ten in a row are rare. */
    static final int ATTEMPTS = 10;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);
    private static final double JITTER = 0.9;

    private static final Counter RETRIED = Counter.build(
                    "tricolor_commands_retried_total", "Commands decided again because their stream had grown")
            .register();

    private LostRaces() {}

    static boolean isLost(Throwable failure) {
        int depth = 0;
        for (@Nullable Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
            if (t instanceof ConcurrencyException || t instanceof AggregateStreamCreationException) {
                return true;
            }
        }
        return isAnswered(failure);
    }

    /** Whether the same request was stored by somebody else: who asks again gets its answer, whatever was expected. */
    static boolean isAnswered(Throwable failure) {
        int depth = 0;
        for (@Nullable Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
            if (t instanceof KeyTaken) {
                return true;
            }
        }
        return false;
    }

    static Retry again(Predicate<Throwable> isWorthWhile) {
        return Retry.backoff(ATTEMPTS - 1L, FIRST_PAUSE)
                .maxBackoff(LONGEST_PAUSE)
                .jitter(JITTER)
                .filter(isWorthWhile)
                .doBeforeRetry(signal -> RETRIED.inc())
                .onRetryExhaustedThrow((spec, signal) -> conflict());
    }

    /** Waits before the next attempt; {@code attempt} is the one that failed, from 1. */
    static void pause(int attempt) throws InterruptedException {
        RETRIED.inc();
        long longest = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(attempt, 10));
        Thread.sleep(ThreadLocalRandom.current().nextLong(1, longest + 1));
    }

    static Rejected conflict() {
        return new Rejected(
                Code.CONCURRENT_CHANGE, "others made changes at the same time, again and again; read it and try again");
    }
}
