package io.tricolor.standalone.cli;

import java.util.Locale;

/** Roles that a token of a person or a program can carry. */
enum Role {
    VIEWER,
    OPERATOR,
    APPROVER,
    CONFIG_EDITOR,
    CONFIG_PUBLISHER,
    ADMIN,
    ROUTER,
    SERVICE,
    CONFIG_CLIENT;

    /** As the services know it and as people type it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
