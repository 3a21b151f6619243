package io.tricolor.nginx;

/** The router cannot be started; the message says why and what to do, for people. */
public final class RouterFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RouterFailed(String message) {
        super(message);
    }

    RouterFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
