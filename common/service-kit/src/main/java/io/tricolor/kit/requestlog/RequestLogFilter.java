package io.tricolor.kit.requestlog;

import io.tricolor.kit.security.Actor;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.server.PathContainer;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes one line for each request when its response is complete, failed or cancelled. The outermost filter. Lines are
 * counted from 1, and carry an id that is new at each start: whoever keeps them sees what is missing.
 */
final class RequestLogFilter implements WebFilter, Ordered {

    /** Exchange attribute with the name of who asks. */
    static final String USER = Actor.ATTRIBUTE;

    private static final Logger log = LoggerFactory.getLogger("tricolor.request");

    private static final JsonMapper JSON = JsonMapper.shared();

    private final AtomicLong sequence = new AtomicLong();
    private final String boot = RequestLine.uuid7(Instant.now().toEpochMilli());
    private final String service;
    private final String node;
    private final RequestLogProperties properties;
    private final List<PathPattern> ignored;
    private final Consumer<String> shipper;

    RequestLogFilter(String service, String node, RequestLogProperties properties, Consumer<String> shipper) {
        this.service = service;
        this.node = node;
        this.properties = properties;
        this.ignored = properties.ignore().stream()
                .map(PathPatternParser.defaultInstance::parse)
                .toList();
        this.shipper = shipper;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        PathContainer path = exchange.getRequest().getPath().pathWithinApplication();
        if (ignored.stream().anyMatch(pattern -> pattern.matches(path))) {
            return chain.filter(exchange);
        }
        Instant start = Instant.now();
        long begun = System.nanoTime();
        RequestSteps steps = new RequestSteps();
        return chain.filter(exchange)
                .contextWrite(context -> context.put(RequestSteps.KEY, steps))
                .doFinally(signal ->
                        write(exchange, start, System.nanoTime() - begun, signal != SignalType.ON_COMPLETE, steps));
    }

    private void write(
            ServerWebExchange exchange, Instant start, long durationNanos, boolean cancelled, RequestSteps steps) {
        String line = JSON.writeValueAsString(RequestLine.of(
                exchange,
                service,
                node,
                boot,
                properties,
                start,
                durationNanos,
                sequence.incrementAndGet(),
                cancelled,
                steps));
        log.info(line);
        shipper.accept(line);
    }
}
