package io.tricolor.loggateway.index;

/** A record on Kafka that can never become a document. */
final class Unindexable extends Exception {

    private static final long serialVersionUID = 1L;

    Unindexable(String message) {
        super(message);
    }

    Unindexable(String message, Throwable cause) {
        super(message, cause);
    }
}
