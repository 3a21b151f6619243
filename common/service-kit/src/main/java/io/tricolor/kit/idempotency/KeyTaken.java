package io.tricolor.kit.idempotency;

import org.jspecify.annotations.Nullable;

/** The same request was stored while this one was decided. It is to be handled again, and then finds the answer. */
public final class KeyTaken extends RuntimeException {

    private static final long serialVersionUID = 1L;

    KeyTaken(String key, @Nullable Throwable cause) {
        super("a request with " + IdempotencyFilter.HEADER + " " + key + " was stored in the meantime", cause);
    }
}
