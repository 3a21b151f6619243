package io.tricolor.routing;

import java.util.Locale;

/**
 * The two groups of users that a gate may compare, drawn by the same hash: whom a YELLOW cluster takes by its percent,
 * and as many of those who stay where they were. What is said of one of them against the other is not said of users
 * who were chosen by hand against everybody else.
 */
public enum Cohort {
    /** Their bucket is below the percent of the one YELLOW cluster, and that cluster took them for it. */
    CANARY,
    /** Their bucket is among the last that are as many, and a GREEN cluster took them by its own rule. */
    CONTROL;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Value of the label {@code cohort} of routers' counters. */
    public String label() {
        return label;
    }
}
