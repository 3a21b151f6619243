package io.tricolor.strategy.scaling.domain;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a rule says. */
public sealed interface ScalingVerdict {

    /** Why, for people. */
    String reason();

    /** The number stays. */
    record Hold(String reason) implements ScalingVerdict {}

    /** Another number. */
    record Change(int to, String reason, SortedMap<String, String> evidence) implements ScalingVerdict {

        /** Copies the evidence. */
        public Change {
            evidence = Collections.unmodifiableSortedMap(new TreeMap<>(evidence));
        }
    }
}
