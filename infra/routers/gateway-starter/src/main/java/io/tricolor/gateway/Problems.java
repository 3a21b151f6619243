package io.tricolor.gateway;

import io.tricolor.contracts.Rejection;
import io.tricolor.router.sources.Json;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Answers that the router gives by itself: RFC 9457 problem documents. */
final class Problems {

    static final String REASON = "X-Tricolor-Reason";

    /** W3C Trace Context: version 00, or a later one that may have more; never ff, and no id of zeros. */
    private static final Pattern TRACE_PARENT = Pattern.compile(
            "(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?");

    private Problems() {}

    /**
     * Answers with a problem.
     *
     * @param reason for the header {@code X-Tricolor-Reason}
     * @param cluster that the request had been sent to, null for none
     */
    static Mono<Void> write(
            ServerWebExchange exchange, Rejection.Code code, String detail, String reason, @Nullable String cluster) {
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        headers.clear();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        headers.set(REASON, reason);
        if (cluster != null) {
            headers.set(TricolorHeaders.CLUSTER, cluster);
        }
        if (code.httpStatus() == 503) {
            headers.set(HttpHeaders.RETRY_AFTER, "1");
        } else if (code.httpStatus() == 401) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        response.setStatusCode(HttpStatusCode.valueOf(code.httpStatus()));

        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "/problems/" + code.slug());
        problem.put("title", code.slug().replace('-', ' '));
        problem.put("status", code.httpStatus());
        problem.put("detail", detail);
        problem.put("instance", exchange.getRequest().getURI().getRawPath());
        problem.put("code", code.name());
        problem.put("traceId", traceId(exchange.getRequest().getHeaders()));
        byte[] body = Json.STRICT.writeValueAsString(problem).getBytes(StandardCharsets.UTF_8);
        headers.setContentLength(body.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    private static String traceId(HttpHeaders headers) {
        String parent = headers.getFirst("traceparent");
        if (parent != null && TRACE_PARENT.matcher(parent).matches()) {
            return parent.substring(3, 35);
        }
        byte[] id = new byte[16];
        ThreadLocalRandom.current().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
