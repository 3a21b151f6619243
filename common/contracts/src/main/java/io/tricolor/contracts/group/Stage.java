package io.tricolor.contracts.group;

import java.util.List;

/**
 * One stage of a grayscale upgrade: these users, until every gate passes.
 *
 * @param name for people, unique in the upgrade
 * @param rule who reaches the new cluster in this stage
 * @param gates what has to be fulfilled before the upgrade goes on; empty: nothing
 */
public record Stage(String name, IdRule rule, List<Gate> gates) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public Stage {
        gates = gates == null ? List.of() : List.copyOf(gates);
    }
}
