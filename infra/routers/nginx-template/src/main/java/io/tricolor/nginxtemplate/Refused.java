package io.tricolor.nginxtemplate;

/** A table that an nginx without Lua would route differently, or not at all. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** Why; stable names for messages, reports and docs. */
    enum Reason {
        /** Not a route table, or one that no router may apply. */
        MALFORMED,
        /** Has the place of the table in force and another content. */
        OTHER_CONTENT,
        /** Has members that this program does not know. */
        UNKNOWN_MEMBER,
        /** Takes ids from tokens: nginx cannot verify one. */
        CLAIMS,
        /** Takes a share of the ids: nginx has another hash. */
        PERCENT,
        /** Several clusters of a colour take the same id, and affinity would have to choose. */
        AFFINITY,
        /** Too many clusters of a colour share ids. */
        OVERLAP,
        /** A header, cookie or parameter that nginx cannot tell from another. */
        SOURCE_NAME,
        /** A host that cannot stand in a request. */
        HOST,
        /** More ids than this program was told to write. */
        TOO_MANY_IDS,
        /** An id that is too long for a line of configuration. */
        ID_TOO_LONG,
        /** A list of ids that is not what its digest says. */
        ID_LIST
    }

    Refused(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
