package io.tricolor.loggateway.elastic;

/** Names of the data streams. */
public final class DataStreams {

    /** Finished requests. */
    public static final String REQUESTS = "logs-tricolor.request-default";

    /** Every state change. */
    public static final String AUDIT = "logs-tricolor.audit-default";

    private DataStreams() {}
}
