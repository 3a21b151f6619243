package io.tricolor.gateway;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.TokenClaims;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Before all that is on the port of operations, where that is closed: whoever has a token with the role of a person or
 * of a service may look. Whether the router is up anybody may ask; the details of it are for those who may look.
 */
final class OperationsGuard implements WebFilter {

    /** Every role of a person includes that of a viewer. */
    static final String VIEWER = "viewer";

    static final String SERVICE = "service";

    private static final Set<String> PEOPLE =
            Set.of(VIEWER, "operator", "approver", "config-editor", "config-publisher", "admin");

    /** All that there are. */
    static final Set<String> ROLES = Set.of(
            VIEWER,
            "operator",
            "approver",
            "config-editor",
            "config-publisher",
            "admin",
            "router",
            SERVICE,
            "config-client");

    private final ReactiveJwtDecoder tokens;
    private final String rolesClaim;
    private final Map<String, List<String>> roleMapping;
    private final String health;

    /** {@code health} is the path of the health endpoint. */
    OperationsGuard(
            ReactiveJwtDecoder tokens, String rolesClaim, Map<String, List<String>> roleMapping, String health) {
        this.tokens = tokens;
        this.rolesClaim = rolesClaim;
        this.roleMapping = Map.copyOf(roleMapping);
        this.health = health;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        String path = request.getPath().value();
        boolean isHealth = path.equals(health) || path.startsWith(health + "/");
        String token = UserTokens.of(request);
        if (token == null) {
            return isHealth
                    ? chain.filter(exchange)
                    : refuse(exchange, Rejection.Code.UNAUTHENTICATED, "a token is needed");
        }
        return tokens.decode(token)
                .map(this::authenticated)
                .map(asking -> (Asking) new Known(asking))
                .onErrorResume(failure -> Mono.just(new Unknown()))
                .flatMap(asking -> switch (asking) {
                    case Known known
                    when !known.who().getAuthorities().isEmpty() ->
                        chain.filter(exchange)
                                .contextWrite(ReactiveSecurityContextHolder.withAuthentication(known.who()));
                    case Known ignored when isHealth -> chain.filter(exchange);
                    case Unknown ignored when isHealth -> chain.filter(exchange);
                    case Known ignored ->
                        refuse(
                                exchange,
                                Rejection.Code.FORBIDDEN,
                                "the port of operations is for the roles viewer and service");
                    case Unknown ignored ->
                        refuse(exchange, Rejection.Code.UNAUTHENTICATED, "the token does not count");
                });
    }

    /** Who asks. */
    private sealed interface Asking {}

    /** Somebody whose token counts, with the roles that may look. */
    private record Known(Authentication who) implements Asking {}

    /** Somebody whose token does not count. */
    private record Unknown() implements Asking {}

    private Authentication authenticated(Jwt token) {
        Set<String> roles = new TreeSet<>();
        for (String name : TokenClaims.texts(TokenClaims.at(token.getClaims(), rolesClaim))) {
            Collection<String> ours = roleMapping.isEmpty() ? List.of(name) : roleMapping.getOrDefault(name, List.of());
            for (String role : ours) {
                if (PEOPLE.contains(role)) {
                    roles.add("ROLE_" + VIEWER);
                } else if (SERVICE.equals(role)) {
                    roles.add("ROLE_" + SERVICE);
                }
            }
        }
        return UsernamePasswordAuthenticationToken.authenticated(
                nameOf(token), null, AuthorityUtils.createAuthorityList(roles));
    }

    private static String nameOf(Jwt token) {
        @Nullable String subject = token.getSubject();
        return subject == null ? "" : subject;
    }

    private static Mono<Void> refuse(ServerWebExchange exchange, Rejection.Code code, String detail) {
        return Problems.write(exchange, code, detail, code.name(), null);
    }
}
