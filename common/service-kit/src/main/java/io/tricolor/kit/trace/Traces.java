package io.tricolor.kit.trace;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.server.ServerWebExchange;

/** The W3C trace of a request: taken from {@code traceparent} when there is a valid one, else new. */
public final class Traces {

    private static final String TRACE = Traces.class.getName() + ".trace";

    private static final Pattern TRACEPARENT =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}");

    private static final SecureRandom RANDOM = new SecureRandom();

    private Traces() {}

    /** Trace id of the request, 32 hexadecimal digits; the same for the whole of it. */
    public static String idOf(ServerWebExchange exchange) {
        return of(exchange).traceId();
    }

    /** Value of the {@code traceparent} header for calls that the request leads to. */
    public static String parentOf(ServerWebExchange exchange) {
        Trace trace = of(exchange);
        return "00-" + trace.traceId() + "-" + trace.spanId() + "-01";
    }

    /** Both ids of the request. */
    public static Trace of(ServerWebExchange exchange) {
        Trace known = exchange.getAttribute(TRACE);
        if (known != null) {
            return known;
        }
        Trace trace = new Trace(received(exchange), hex(8));
        exchange.getAttributes().put(TRACE, trace);
        return trace;
    }

    private static String received(ServerWebExchange exchange) {
        String header = exchange.getRequest().getHeaders().getFirst("traceparent");
        if (header != null) {
            Matcher matcher = TRACEPARENT.matcher(header);
            if (matcher.matches()) {
                return matcher.group(1);
            }
        }
        return hex(16);
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
     */
    public record Trace(String traceId, String spanId) {}
}
