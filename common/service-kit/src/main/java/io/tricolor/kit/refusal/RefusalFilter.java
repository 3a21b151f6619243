package io.tricolor.kit.refusal;

import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.contracts.audit.AttemptRefused;
import io.tricolor.kit.problem.ProblemWriter;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.trace.Traces;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Sees how commands end. Of those that were refused it hands on who, what and why not; never a body, a header or a
 * query.
 */
final class RefusalFilter implements WebFilter, Ordered {

    private static final Set<Integer> REFUSED = Set.of(401, 403, 409, 422);
    private static final Set<HttpMethod> QUESTIONS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final Pattern GROUP = Pattern.compile("/api/groups/([a-z0-9-]{1,63})(/.*)?");

    private static final int LONGEST_PATH = 1024;

    private final String service;
    private final InstantSource clock;
    private final Consumer<AttemptRefused> refused;

    RefusalFilter(String service, InstantSource clock, Consumer<AttemptRefused> refused) {
        this.service = service;
        this.clock = clock;
        this.refused = refused;
    }

    /** Within the request log, around everything else. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (QUESTIONS.contains(exchange.getRequest().getMethod())
                || !exchange.getRequest().getPath().value().startsWith("/api/")) {
            return chain.filter(exchange);
        }
        return chain.filter(exchange).doFinally(signal -> look(exchange));
    }

    private void look(ServerWebExchange exchange) {
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        if (status == null || !REFUSED.contains(status.value())) {
            return;
        }
        String path = exchange.getRequest().getPath().value();
        String shown = Text.mended(path.length() <= LONGEST_PATH ? path : path.substring(0, LONGEST_PATH));
        Matcher group = GROUP.matcher(shown);
        Code code = exchange.getAttribute(ProblemWriter.CODE);
        refused.accept(new AttemptRefused(
                service,
                exchange.getAttribute(Actor.ATTRIBUTE),
                group.matches() ? group.group(1) : null,
                exchange.getRequest().getMethod().name(),
                shown,
                status.value(),
                code == null ? "HTTP_" + status.value() : code.name(),
                Traces.idOf(exchange),
                clock.instant()));
    }
}
