package io.tricolor.kit.requestlog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The steps of one request, for its log line: name, when it began, how long it took, how it ended. Steps of the same
 * name are added up. Outside of a request the steps are run and not recorded.
 */
public final class RequestSteps {

    static final Object KEY = RequestSteps.class;

    private static final int MOST = 32;

    private final long begun = System.nanoTime();
    private final Map<String, Step> steps = new LinkedHashMap<>();

    RequestSteps() {}

    /**
     * Records {@code step} under {@code name} each time that it is subscribed. A step that is cancelled counts as
     * failed.
     */
    public static <T> Mono<T> record(String name, Mono<T> step) {
        return Mono.deferContextual(context -> {
            RequestSteps steps = context.<RequestSteps>getOrEmpty(KEY).orElse(null);
            if (steps == null) {
                return step;
            }
            long start = System.nanoTime();
            // Before the signal goes on: what it ends may be the request.
            return step.doOnSuccess(value -> steps.add(name, start, System.nanoTime(), true))
                    .doOnError(failure -> steps.add(name, start, System.nanoTime(), false))
                    .doOnCancel(() -> steps.add(name, start, System.nanoTime(), false));
        });
    }

    /**
     * Runs blocking work off the event loop, as the step {@code name}. An answer of null completes empty. An
     * {@link Error} fails the step like an exception, as its cause.
     */
    public static <T> Mono<T> blocking(String name, Callable<? extends @Nullable T> work) {
        return record(
                name,
                Mono.<T>create(sink -> {
                            try {
                                sink.success(work.call());
                            } catch (Exception e) { // whatever it is, it is the caller's
                                sink.error(e);
                            } catch (Error e) { // Reactor would throw it, and nobody would be answered
                                sink.error(new IllegalStateException(e.toString(), e));
                            }
                        })
                        .subscribeOn(Schedulers.boundedElastic()));
    }

    private synchronized void add(String name, long start, long end, boolean success) {
        Step known = steps.get(name);
        if (known != null) {
            steps.put(name, known.plus(end - start, success));
        } else if (steps.size() < MOST) {
            steps.put(name, new Step(name, start - begun, end - start, success, 1));
        }
    }

    /** In the order of their begin. */
    synchronized List<Step> list() {
        return new ArrayList<>(steps.values());
    }

    /**
     * What one line says of a step.
     *
     * @param startOffset nanoseconds since the request began
     * @param duration nanoseconds, of all calls together
     */
    record Step(String name, long startOffset, long duration, boolean success, int calls) {

        Step plus(long more, boolean successful) {
            return new Step(name, startOffset, duration + more, success && successful, calls + 1);
        }
    }
}
