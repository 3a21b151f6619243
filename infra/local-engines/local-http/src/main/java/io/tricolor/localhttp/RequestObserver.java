package io.tricolor.localhttp;

/**
 * Is told of every finished exchange, for metrics. Called on the exchange's thread; must be fast and must not throw.
 */
@FunctionalInterface
public interface RequestObserver {
    /**
     * One exchange ended. {@code route} is the path template ({@code unmatched} when none fitted), so that it can label
     * a metric.
     */
    void finished(String method, String route, int status, long nanos);
}
