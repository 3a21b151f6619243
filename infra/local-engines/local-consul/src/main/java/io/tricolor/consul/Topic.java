package io.tricolor.consul;

/** What a blocking query waits for, and what a change touches. */
sealed interface Topic {
    /** One key. */
    record Key(String key) implements Topic {}

    /** All keys that begin so. Only waited for; changes touch keys. */
    record Prefix(String prefix) implements Topic {}

    /** The instances of one service and their checks. */
    record Service(String name) implements Topic {}

    /** Which services and instances there are. */
    record Catalog() implements Topic {}

    /** The status of any check. */
    record Checks() implements Topic {}

    /** The sessions. */
    record Sessions() implements Topic {}

    /** What never changes. */
    record Nothing() implements Topic {}
}
