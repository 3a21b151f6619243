package io.tricolor.kit.trace;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.springframework.web.server.ServerWebExchange;

/** The W3C trace of a request: taken from {@code traceparent} when there is exactly one valid one, else new. */
public final class Traces {

    private static final String TRACE = Traces.class.getName() + ".trace";

    private static final SecureRandom RANDOM = new SecureRandom();

    private Traces() {}

    /** Trace id of the request, 32 hexadecimal digits; the same for the whole of it. */
    public static String idOf(ServerWebExchange exchange) {
        return of(exchange).traceId();
    }

    /** Value of the {@code traceparent} header for calls that the request leads to. */
    public static String parentOf(ServerWebExchange exchange) {
        Trace trace = of(exchange);
        return new TraceParent(trace.traceId(), trace.spanId(), trace.sampled()).header();
    }

    /** Both ids of the request. */
    public static Trace of(ServerWebExchange exchange) {
        Trace known = exchange.getAttribute(TRACE);
        if (known != null) {
            return known;
        }
        Trace trace = received(exchange)
                .map(parent -> new Trace(parent.traceId(), hex(8), parent.sampled()))
                .orElseGet(() -> new Trace(hex(16), hex(8), true));
        exchange.getAttributes().put(TRACE, trace);
        return trace;
    }

    private static Optional<TraceParent> received(ServerWebExchange exchange) {
        List<String> headers = exchange.getRequest().getHeaders().getOrEmpty(TraceParent.HEADER);
        return headers.size() == 1 ? TraceParent.parse(headers.getFirst()) : Optional.empty();
    }

    private static String hex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /**
     * One request in a trace.
     *
     * @param traceId 32 hexadecimal digits
     * @param spanId 16 hexadecimal digits
     * @param sampled whether the caller keeps the trace; true for a new one, since every request leaves a line in the
     *     log
     */
    public record Trace(String traceId, String spanId, boolean sampled) {}
}
