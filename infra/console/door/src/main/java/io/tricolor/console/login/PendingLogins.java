package io.tricolor.console.login;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tricolor.console.session.Secrets;
import io.tricolor.console.session.SessionCookies;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.web.server.ServerAuthorizationRequestRepository;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Logins that the provider is asked about; each belongs to the browser that began it. */
@Component
class PendingLogins implements ServerAuthorizationRequestRepository<OAuth2AuthorizationRequest> {

    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final int MOST = 10_000;
    private static final String DESTINATION = PendingLogins.class.getName();

    private final SessionCookies cookies;
    private final Cache<String, Pending> pending =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(LIFE).build();

    PendingLogins(SessionCookies cookies) {
        this.cookies = cookies;
    }

    private record Pending(OAuth2AuthorizationRequest request, String destination) {}

    /** Where the browser that has come back wanted to go. */
    static String destinationOf(ServerWebExchange exchange) {
        return Destination.of(exchange.getAttribute(DESTINATION));
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> loadAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> {
            Pending found = find(exchange, cookies.login(exchange));
            return found == null ? null : found.request();
        });
    }

    @Override
    public Mono<Void> saveAuthorizationRequest(OAuth2AuthorizationRequest request, ServerWebExchange exchange) {
        return Mono.fromRunnable(() -> {
            String id = Secrets.next();
            String to = exchange.getRequest().getQueryParams().getFirst("to");
            pending.put(Secrets.hash(id), new Pending(request, Destination.of(to)));
            cookies.login(exchange, id, LIFE);
        });
    }

    @Override
    public Mono<OAuth2AuthorizationRequest> removeAuthorizationRequest(ServerWebExchange exchange) {
        return Mono.fromSupplier(() -> {
            String id = cookies.login(exchange);
            Pending found = find(exchange, id);
            if (found == null || id == null) {
                return null;
            }
            pending.invalidate(Secrets.hash(id));
            cookies.login(exchange, "", Duration.ZERO);
            exchange.getAttributes().put(DESTINATION, found.destination());
            return found.request();
        });
    }

    private @Nullable Pending find(ServerWebExchange exchange, @Nullable String id) {
        Pending found = id == null ? null : pending.getIfPresent(Secrets.hash(id));
        String state = exchange.getRequest().getQueryParams().getFirst("state");
        return found != null && state != null && state.equals(found.request().getState()) ? found : null;
    }
}
