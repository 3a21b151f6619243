package io.tricolor.localhttp;

/** Answers one request. Runs on a virtual thread of its own and may block. */
@FunctionalInterface
public interface Handler {
    /** Answers {@code request}. What it throws goes through the {@link ErrorFormat} of the server. */
    Response handle(Request request) throws Exception;
}
