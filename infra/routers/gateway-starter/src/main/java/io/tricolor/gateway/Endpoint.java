package io.tricolor.gateway;

import io.tricolor.router.sources.Instance;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An instance that requests are sent to. The same object as long as the registry names the same id at the same
 * address.
 */
final class Endpoint {

    private final Instance instance;
    private final String authority;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile long suspectUntilNanos = System.nanoTime();

    Endpoint(Instance instance) {
        this.instance = instance;
        this.authority = instance.authority();
    }

    String id() {
        return instance.id();
    }

    Instance instance() {
        return instance;
    }

    /** Host and port as in a URI. */
    String authority() {
        return authority;
    }

    boolean isSameAs(Endpoint other) {
        return instance.equals(other.instance);
    }

    void begin() {
        inFlight.incrementAndGet();
    }

    /** How many are left. */
    int end() {
        return inFlight.decrementAndGet();
    }

    int inFlight() {
        return inFlight.get();
    }

    /** It could not be reached: others are preferred for a while. The registry decides when it is gone. */
    void suspect(long nanos) {
        suspectUntilNanos = System.nanoTime() + nanos;
    }

    boolean isSuspect() {
        return suspectUntilNanos - System.nanoTime() > 0;
    }
}
