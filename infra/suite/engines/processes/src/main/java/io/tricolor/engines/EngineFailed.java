package io.tricolor.engines;

/** A child process could not be started, found or stopped; the message names the process, the cause and its log. */
public final class EngineFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A failure without a cause in this JVM. */
    public EngineFailed(String message) {
        super(message);
    }

    /** A failure that was caused by {@code cause}. */
    public EngineFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
