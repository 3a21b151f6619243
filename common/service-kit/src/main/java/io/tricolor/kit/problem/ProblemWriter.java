package io.tricolor.kit.problem;

import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.trace.Traces;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Answers a failed request with an RFC 9457 problem document. The only place where a failure becomes HTTP. */
public final class ProblemWriter {

    /** Exchange attribute with the code that was answered. */
    public static final String CODE = ProblemWriter.class.getName() + ".code";

    private static final Logger log = LoggerFactory.getLogger(ProblemWriter.class);

    private final Problems problems;
    private final JsonMapper json = JsonMapper.shared();

    ProblemWriter(@Nullable MissingAggregate missingAggregate) {
        this.problems = new Problems(missingAggregate);
    }

    /** Writes the problem; fails with {@code failure} itself when the response has already begun. */
    public Mono<Void> write(ServerWebExchange exchange, Throwable failure) {
        ServerHttpResponse response = exchange.getResponse();
        Problem problem = problems.of(failure);
        String traceId = Traces.idOf(exchange);
        if (problem.unexpected()) {
            log.error(
                    "unexpected failure of {} {}, trace {}",
                    exchange.getRequest().getMethod(),
                    exchange.getRequest().getPath().value().replaceAll("[\\r\\n]", " "),
                    traceId,
                    failure);
        }
        exchange.getAttributes().put(CODE, problem.code());
        if (response.isCommitted()) {
            return Mono.error(failure);
        }
        response.setStatusCode(HttpStatusCode.valueOf(problem.code().httpStatus()));
        HttpHeaders headers = response.getHeaders();
        headers.remove(HttpHeaders.CONTENT_LENGTH);
        headers.remove(HttpHeaders.ETAG);
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (failure instanceof MethodNotAllowedException notAllowed) {
            headers.setAllow(notAllowed.getSupportedMethods());
        }
        if (problem.code() == Code.UNAUTHENTICATED) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        DataBuffer body = response.bufferFactory().wrap(json.writeValueAsBytes(document(exchange, problem, traceId)));
        return response.writeWith(Mono.just(body));
    }

    private static Map<String, Object> document(ServerWebExchange exchange, Problem problem, String traceId) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "/problems/" + problem.code().slug());
        document.put("title", Problems.title(problem.code()));
        document.put("status", problem.code().httpStatus());
        document.put("detail", problem.detail());
        document.put("instance", exchange.getRequest().getPath().value());
        document.put("code", problem.code().name());
        document.put("traceId", traceId);
        return document;
    }
}
