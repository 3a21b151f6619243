package io.tricolor.contracts.group;

/** What a gate says once it says something. */
public enum Verdict {
    /** The upgrade may go on. */
    PASS,
    /** It must not. */
    FAIL,
    /** There was too little to judge by. */
    INCONCLUSIVE
}
