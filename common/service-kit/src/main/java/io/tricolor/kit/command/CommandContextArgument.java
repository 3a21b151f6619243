package io.tricolor.kit.command;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.idempotency.IdempotencyFilter;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.trace.Traces;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Hands the {@link CommandContext} to controller methods that ask for it. */
final class CommandContextArgument implements HandlerMethodArgumentResolver {

    private static final Pattern VERSION = Pattern.compile("(?:W/)?\"(\\d{1,18})\"");

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.getParameterType() == CommandContext.class;
    }

    @Override
    public Mono<Object> resolveArgument(
            MethodParameter parameter, BindingContext bindingContext, ServerWebExchange exchange) {
        return Actor.current()
                .switchIfEmpty(Mono.error(() -> new AuthenticationCredentialsNotFoundException("nobody is logged in")))
                .map(actor -> CommandContext.ofRequest(
                        actor.name(),
                        Traces.idOf(exchange),
                        IdempotencyFilter.keyOf(exchange),
                        IdempotencyFilter.hashOf(exchange),
                        expectedVersion(exchange)));
    }

    private static @Nullable Long expectedVersion(ServerWebExchange exchange) {
        String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.IF_MATCH);
        if (header == null || header.strip().equals("*")) {
            return null;
        }
        Matcher version = VERSION.matcher(header.strip());
        if (!version.matches()) {
            throw new Rejected(Code.BAD_REQUEST, "If-Match is a version in quotes, such as \"7\", or *");
        }
        return Long.valueOf(version.group(1));
    }
}
