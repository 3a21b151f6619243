package io.tricolor.strategy.stream;

/** Where the events are. Blocking; sees only what is committed, and in one order for ever. */
interface EventSource {

    /** Largest position, 0 in an empty store. */
    long head();

    /**
     * Events of groups after a position (exclusive).
     *
     * @param limit so many events of the store are looked at, 1 or more
     */
    EventPage after(long position, int limit);
}
