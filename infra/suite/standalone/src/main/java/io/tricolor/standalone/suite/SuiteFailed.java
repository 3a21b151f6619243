package io.tricolor.standalone.suite;

/** A suite could not be started, stopped or asked; the message is for the person at the terminal. */
public final class SuiteFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A failure without a cause in this JVM. */
    public SuiteFailed(String message) {
        super(message);
    }

    /** A failure that was caused by {@code cause}. */
    public SuiteFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
