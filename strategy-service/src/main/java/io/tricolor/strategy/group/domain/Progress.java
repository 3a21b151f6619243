package io.tricolor.strategy.group.domain;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was seen of a step's goal, and what it still lacks. */
public final class Progress {

    /** Subject in the evidence of a DRAIN that did not wait for the last requests. Stored: it may not change. */
    static final String DRAIN_DEADLINE_PASSED = "drain deadline passed";

    private final boolean begun;
    private final SortedMap<String, String> evidence = new TreeMap<>();
    private final SortedMap<String, String> missing = new TreeMap<>();

    Progress(boolean begun) {
        this.begun = begun;
    }

    void note(String what, String how) {
        evidence.put(what, how);
    }

    void lack(String what, String how) {
        missing.put(what, how);
    }

    void expect(String what, long have, long want) {
        String how = have + " of " + want;
        if (have < want) {
            lack(what, how);
        } else {
            note(what, how);
        }
    }

    /**
     * Whether the step has done what it does at its beginning; before that, {@link #missing} is what it waits for to
     * begin.
     */
    public boolean begun() {
        return begun;
    }

    /** What was seen, by subject. */
    public SortedMap<String, String> evidence() {
        return Collections.unmodifiableSortedMap(evidence);
    }

    /** What the goal still lacks, by subject; empty: reached. */
    public SortedMap<String, String> missing() {
        return Collections.unmodifiableSortedMap(missing);
    }

    /** Both, for a record of what was not reached. */
    SortedMap<String, String> all() {
        SortedMap<String, String> all = new TreeMap<>(evidence);
        missing.forEach((what, how) -> all.put("missing: " + what, how));
        return all;
    }
}
