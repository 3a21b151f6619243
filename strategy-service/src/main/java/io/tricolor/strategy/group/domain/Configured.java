package io.tricolor.strategy.group.domain;

import java.util.Map;

/**
 * Revisions of configuration that there are.
 *
 * @param newest number of the newest one, by namespace; those before it are there too. Missing: nothing was heard of it
 */
public record Configured(Map<String, Long> newest) {

    public static final Configured NOTHING = new Configured(Map.of());

    /** Copies. */
    public Configured {
        newest = Map.copyOf(newest);
    }
}
