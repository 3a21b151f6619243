package io.tricolor.kit.eventstore;

import io.prometheus.client.Counter;
import org.axonframework.eventhandling.ErrorContext;
import org.axonframework.eventhandling.ErrorHandler;
import org.axonframework.eventhandling.PropagatingErrorHandler;

/** Counts the batches that failed, and lets the failure through: the processor stops and tries again. */
final class CountedFailures implements ErrorHandler {

    private static final Counter FAILURES = Counter.build(
                    "tricolor_processor_failures_total", "Batches of events that failed and are tried again")
            .labelNames("processor")
            .register();

    @Override
    public void handleError(ErrorContext errorContext) throws Exception {
        FAILURES.labels(errorContext.eventProcessor()).inc();
        PropagatingErrorHandler.instance().handleError(errorContext);
    }
}
