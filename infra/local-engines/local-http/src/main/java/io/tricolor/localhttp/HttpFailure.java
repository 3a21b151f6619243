package io.tricolor.localhttp;

import java.util.Map;

/** A request that is answered with an error status. Carries no stack trace: it is an answer, not a defect. */
public final class HttpFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String reason;
    private final transient Map<String, String> headers;

    /** A failure with {@code status} (400 to 599) and a message for the caller. */
    public HttpFailure(int status, String reason) {
        this(status, reason, Map.of());
    }

    /** A failure that also sets response headers. */
    public HttpFailure(int status, String reason, Map<String, String> headers) {
        super(reason, null, false, false);
        this.status = status;
        this.reason = reason;
        this.headers = Map.copyOf(headers);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The message for the caller. */
    public String reason() {
        return reason;
    }

    /** Headers that the answer must carry, {@code Allow} on 405 for instance. */
    public Map<String, String> headers() {
        return headers;
    }
}
