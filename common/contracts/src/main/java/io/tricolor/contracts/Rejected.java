package io.tricolor.contracts;

/** Carries a {@link Rejection} to whoever asked. The state is as it was before. */
public final class Rejected extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Rejection rejection;

    public Rejected(Rejection.Code code, String message) {
        super(code + ": " + message, null, false, false);
        this.rejection = new Rejection(code, message);
    }

    public Rejection rejection() {
        return rejection;
    }
}
