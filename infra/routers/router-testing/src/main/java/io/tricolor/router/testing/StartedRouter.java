package io.tricolor.router.testing;

/** A router on ports of 127.0.0.1. */
public interface StartedRouter extends AutoCloseable {

    /** Where users send requests. */
    String url();

    /** Where it tells its metrics and its health. */
    String managementUrl();

    /** Lets requests end and signs off. */
    @Override
    void close();
}
