package io.tricolor.localhttp;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable answer: status, headers, and either bytes, a value to be written as JSON, or a stream of server-sent
 * events.
 */
public final class Response {
    /** What an answer carries. */
    sealed interface Body {
        /** Nothing at all. */
        record None() implements Body {}

        /** Ready bytes. */
        @SuppressWarnings("ArrayRecordComponent")
        record Bytes(byte[] content) implements Body {}

        /** Written as JSON by the server's mapper; {@code null} is JSON's null. */
        record Json(@Nullable Object value) implements Body {}

        /** Server-sent events. */
        record Events(Duration ping, Consumer<EventSink> onOpen) implements Body {}
    }

    private static final String CONTENT_TYPE = "Content-Type";

    private final int status;
    private final Map<String, String> headers;
    private final Body body;

    private Response(int status, Map<String, String> headers, Body body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** {@code value} as JSON. */
    public static Response json(int status, @Nullable Object value) {
        return new Response(status, Map.of(CONTENT_TYPE, "application/json"), new Body.Json(value));
    }

    /** {@code value} as JSON with status 200. */
    public static Response json(@Nullable Object value) {
        return json(200, value);
    }

    /** Plain text in UTF-8. */
    public static Response text(int status, String text) {
        return bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes of the given media type; the array is not copied. */
    public static Response bytes(int status, String contentType, byte[] content) {
        return new Response(status, Map.of(CONTENT_TYPE, contentType), new Body.Bytes(content));
    }

    /** A status without a body. */
    public static Response empty(int status) {
        return new Response(status, Map.of(), new Body.None());
    }

    /**
     * A stream of server-sent events, status 200. {@code onOpen} is called once the headers are out and hands the sink
     * to whoever produces; the stream lives until the sink is closed, the client leaves or the server stops.
     *
     * @param ping how long the stream may be silent before a comment line is sent; also how late the end of a client is
     *     noticed
     */
    public static Response events(Duration ping, Consumer<EventSink> onOpen) {
        return new Response(
                200,
                Map.of(CONTENT_TYPE, "text/event-stream", "Cache-Control", "no-cache"),
                new Body.Events(ping, onOpen));
    }

    /** The same answer with one more header; a header of that name is replaced. */
    public Response header(String name, String value) {
        return headers(Map.of(name, value));
    }

    /** The same answer with more headers; headers of those names are replaced. */
    public Response headers(Map<String, String> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.putAll(more);
        return new Response(status, all, body);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    Body body() {
        return body;
    }
}
