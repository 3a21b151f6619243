package io.tricolor.kit.security;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Roles of people and of programs. */
public final class Roles {

    /** May read. Every other role of a person includes it. */
    public static final String VIEWER = "viewer";

    /** May change groups and run upgrades. */
    public static final String OPERATOR = "operator";

    /** May approve stages. */
    public static final String APPROVER = "approver";

    /** May write drafts of configuration. */
    public static final String CONFIG_EDITOR = "config-editor";

    /** May publish and roll back configuration. */
    public static final String CONFIG_PUBLISHER = "config-publisher";

    /** All roles of people. */
    public static final String ADMIN = "admin";

    /** A router. */
    public static final String ROUTER = "router";

    /** A service of the suite. */
    public static final String SERVICE = "service";

    private static final Set<String> OF_PEOPLE =
            Set.of(VIEWER, OPERATOR, APPROVER, CONFIG_EDITOR, CONFIG_PUBLISHER, ADMIN);

    /** All that there are, in order. */
    static final SortedSet<String> ALL = Collections.unmodifiableSortedSet(
            new TreeSet<>(Set.of(VIEWER, OPERATOR, APPROVER, CONFIG_EDITOR, CONFIG_PUBLISHER, ADMIN, ROUTER, SERVICE)));

    private Roles() {}

    /** The given roles and those that they include. */
    static Set<String> expand(Collection<String> roles) {
        Set<String> expanded = new TreeSet<>(roles);
        if (expanded.contains(ADMIN)) {
            expanded.addAll(OF_PEOPLE);
        } else if (expanded.stream().anyMatch(OF_PEOPLE::contains)) {
            expanded.add(VIEWER);
        }
        return expanded;
    }
}
