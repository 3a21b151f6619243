package io.tricolor.localhttp;

/** Turns what a handler threw into the engine's own error answer. */
@FunctionalInterface
public interface ErrorFormat {
    /**
     * The answer for {@code failure}. Unknown paths (404), wrong methods (405), foreign hosts (403), bodies over the
     * limit (413) and unreadable input (400) arrive as {@link HttpFailure}; everything else is what the handler threw.
     */
    Response format(Throwable failure);

    /** Plain text: the message of an {@link HttpFailure} under its status, and a bare 500 for everything else. */
    static ErrorFormat plainText() {
        return failure -> failure instanceof HttpFailure http
                ? Response.text(http.status(), http.reason()).headers(http.headers())
                : Response.text(500, "internal error: " + failure.getClass().getSimpleName());
    }
}
