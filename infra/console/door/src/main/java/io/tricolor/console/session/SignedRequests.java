package io.tricolor.console.session;

import java.util.List;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Requests that carry in themselves who may make them: the link by which one person approves a stage, the answer of a
 * program to a question that it was asked. Neither login nor session belongs to them, so they are made for nobody who
 * happens to be logged in; the service that has made link and question decides.
 */
public final class SignedRequests {

    /** The largest body of one, in bytes: nobody has to be known to send it. */
    public static final int MAX_BODY_BYTES = 65_536;

    private static final PathPattern LINK = PathPatternParser.defaultInstance.parse("/api/groups/*/approval-link");
    private static final PathPattern ANSWER = PathPatternParser.defaultInstance.parse("/api/gate-callbacks/*");
    private static final List<HttpMethod> OF_LINKS = List.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);

    private SignedRequests() {}

    /** Whether a request is one. */
    public static boolean isOne(ServerWebExchange exchange) {
        HttpMethod method = exchange.getRequest().getMethod();
        PathContainer path = exchange.getRequest().getPath().pathWithinApplication();
        return (OF_LINKS.contains(method) && LINK.matches(path))
                || (HttpMethod.POST.equals(method) && ANSWER.matches(path));
    }

    /** For the rules of a filter chain. */
    public static Mono<ServerWebExchangeMatcher.MatchResult> match(ServerWebExchange exchange) {
        return isOne(exchange)
                ? ServerWebExchangeMatcher.MatchResult.match()
                : ServerWebExchangeMatcher.MatchResult.notMatch();
    }
}
