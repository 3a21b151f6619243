package io.tricolor.gateway;

import java.util.concurrent.atomic.AtomicInteger;

/** An instance that requests are sent to. The same object as long as the registry names the same id at the same address. */
final class Endpoint {

    private final String id;
    private final String address;
    private final int port;
    private final String authority;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile long suspectUntilNanos = System.nanoTime();

    Endpoint(String id, String address, int port) {
        this.id = id;
        this.address = address;
        this.port = port;
        this.authority = (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
    }

    String id() {
        return id;
    }

    String address() {
        return address;
    }

    int port() {
        return port;
    }

    /** Host and port as in a URI. */
    String authority() {
        return authority;
    }

    boolean isSameAs(Endpoint other) {
        return id.equals(other.id) && authority.equals(other.authority);
    }

    void begin() {
        inFlight.incrementAndGet();
    }

    void end() {
        inFlight.decrementAndGet();
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
