package io.tricolor.kit.message;

/** A record on Kafka that is no message of ours: no type, an unknown type, or a value that is not the type's JSON. */
public final class Undecodable extends Exception {

    private static final long serialVersionUID = 1L;

    Undecodable(String message) {
        super(message);
    }

    Undecodable(String message, Throwable cause) {
        super(message, cause);
    }
}
