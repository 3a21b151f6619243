package io.tricolor.contracts;

/**
 * A value that a contract refuses for a reason that has a code of its own. Other refusals are plain
 * {@link IllegalArgumentException}s.
 */
public final class InvalidValue extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final Rejection.Code code;

    public InvalidValue(Rejection.Code code, String message) {
        super(message);
        this.code = code;
    }

    public InvalidValue(Rejection.Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Rejection.Code code() {
        return code;
    }
}
