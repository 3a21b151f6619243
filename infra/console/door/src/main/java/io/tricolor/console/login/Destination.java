package io.tricolor.console.login;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Where to go after a login. */
final class Destination {

    private static final int LONGEST = 1_000;
    private static final String START = "/";

    private Destination() {}

    /** The path if it is one of this origin's pages, else the first page. */
    static String of(@Nullable String path) {
        if (path == null
                || path.length() > LONGEST
                || !path.startsWith("/")
                || path.startsWith("//")
                || path.startsWith("/door/")
                || path.startsWith("/api/")
                || path.chars().anyMatch(c -> c <= ' ' || c == '\\' || c > '~')) {
            return START;
        }
        try {
            return URI.create(path).getRawAuthority() == null ? path : START;
        } catch (IllegalArgumentException e) {
            return START;
        }
    }
}
