package io.tricolor.kit.eventstore;

import io.prometheus.client.Counter;
import java.util.function.BiConsumer;
import org.axonframework.eventhandling.ErrorContext;
import org.axonframework.eventhandling.ErrorHandler;
import org.axonframework.eventhandling.PropagatingErrorHandler;

/** Counts the batches that failed, and lets the failure through: the processor stops and tries again. */
final class CountedFailures implements ErrorHandler {

    private static final Counter FAILURES = Counter.build(
                    "tricolor_processor_failures_total", "Batches of events that failed and are tried again")
            .labelNames("processor")
            .register();

    private final BiConsumer<String, Throwable> listener;

    /** With who else wants to know the processor and what it threw. */
    CountedFailures(BiConsumer<String, Throwable> listener) {
        this.listener = listener;
    }

    @Override
    public void handleError(ErrorContext errorContext) throws Exception {
        FAILURES.labels(errorContext.eventProcessor()).inc();
        listener.accept(errorContext.eventProcessor(), errorContext.error());
        PropagatingErrorHandler.instance().handleError(errorContext);
    }
}
