package io.tricolor.kit.requestlog;

import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.kit.problem.ProblemWriter;
import io.tricolor.kit.trace.Traces;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/** One request as one JSON object, in the names of ECS 8.17. */
final class RequestLine {

    private static final String ECS = "8.17.0";
    private static final String DATASET = "tricolor.request";

    /** Of the methods of controllers: as many as these. */
    private static final Map<Method, String> ACTIONS = new ConcurrentHashMap<>();

    private RequestLine() {}

    static Map<String, Object> of(
            ServerWebExchange exchange,
            String service,
            String node,
            String boot,
            RequestLogProperties properties,
            Instant start,
            long durationNanos,
            long sequence,
            boolean cancelled,
            RequestSteps steps) {
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        int code = status == null ? 200 : status.value();
        String outcome = cancelled ? "unknown" : code >= 400 ? "failure" : "success";
        String action = action(exchange);
        Traces.Trace trace = Traces.of(exchange);
        Parameters parameters = Parameters.of(
                exchange.getAttributeOrDefault(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, Map.of()),
                exchange.getRequest().getQueryParams());

        Map<String, Object> line = new LinkedHashMap<>();
        line.put("@timestamp", millis(start.plusNanos(durationNanos)));
        line.put("ecs", Map.of("version", ECS));
        line.put("log", object("level", code >= 500 ? "ERROR" : code >= 400 ? "WARN" : "INFO", "logger", DATASET));
        line.put("message", action + " " + outcome + " " + durationNanos / 1_000_000 + "ms");
        line.put(
                "event",
                object(
                        "id",
                        uuid7(start.toEpochMilli()),
                        "kind",
                        "event",
                        "dataset",
                        DATASET,
                        "category",
                        List.of("web"),
                        "type",
                        List.of("access"),
                        "action",
                        action,
                        "outcome",
                        outcome,
                        "reason",
                        cancelled ? "cancelled" : null,
                        "start",
                        millis(start),
                        "duration",
                        durationNanos,
                        "sequence",
                        sequence));
        line.put(
                "service",
                object(
                        "name", service,
                        "version", properties.version(),
                        "environment", properties.environment(),
                        "ephemeral_id", boot,
                        "node", Map.of("name", node)));
        line.put("organization", Map.of("id", properties.organization()));
        line.put("tenant", Map.of("id", properties.tenant()));
        String user = exchange.getAttribute(RequestLogFilter.USER);
        line.put("user", Map.of("id", user == null ? "anonymous" : Text.mended(Parameters.shorten(user, 256))));
        InetSocketAddress client = exchange.getRequest().getRemoteAddress();
        if (client != null && client.getAddress() != null) {
            line.put("client", Map.of("ip", client.getAddress().getHostAddress()));
        }
        line.put(
                "http",
                object(
                        "request",
                        Map.of("method", exchange.getRequest().getMethod().name()),
                        "response",
                        cancelled && status == null ? null : Map.of("status_code", code)));
        Object template = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        line.put(
                "url",
                object(
                        "path",
                        Text.mended(Parameters.shorten(
                                exchange.getRequest().getPath().value(), 1024)),
                        "template",
                        template == null ? null : template.toString()));
        line.put("trace", Map.of("id", trace.traceId()));
        line.put("span", Map.of("id", trace.spanId()));
        if (outcome.equals("failure")) {
            Code problem = exchange.getAttribute(ProblemWriter.CODE);
            line.put("error", Map.of("code", problem == null ? "HTTP_" + code : problem.name()));
        }
        line.put(
                "tricolor",
                object(
                        "params",
                        parameters.shown(),
                        "steps",
                        steps(steps),
                        "redacted",
                        parameters.redacted().isEmpty() ? null : parameters.redacted(),
                        "mended",
                        parameters.mended().isEmpty() ? null : parameters.mended()));
        return line;
    }

    private static List<Map<String, Object>> steps(RequestSteps steps) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (RequestSteps.Step step : steps.list()) {
            list.add(object(
                    "name", step.name(),
                    "start_offset", step.startOffset(),
                    "duration", step.duration(),
                    "outcome", step.success() ? "success" : "failure",
                    "calls", step.calls()));
        }
        return list;
    }

    /** For example {@code group_controller.create}; without a controller {@code http.get}. */
    private static String action(ServerWebExchange exchange) {
        if (exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE) instanceof HandlerMethod handler) {
            return ACTIONS.computeIfAbsent(
                    handler.getMethod(),
                    method -> snake(handler.getBeanType().getSimpleName()) + "." + snake(method.getName()));
        }
        return "http." + snake(exchange.getRequest().getMethod().name().toLowerCase(Locale.ROOT));
    }

    private static String snake(String name) {
        String snake = name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "_")
                .replaceAll("^_|_$", "");
        return snake.isEmpty() ? "other" : snake;
    }

    private static String millis(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** RFC 9562 version 7: sorts by time. */
    static String uuid7(long epochMillis) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = epochMillis << 16 | 0x7000L | random.nextInt(0x1000);
        long low = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new java.util.UUID(high, low).toString();
    }

    /** Members in order, those with null left out. */
    private static Map<String, Object> object(@Nullable Object... members) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            Object value = members[i + 1];
            if (value != null) {
                object.put(String.valueOf(members[i]), value);
            }
        }
        return object;
    }
}
