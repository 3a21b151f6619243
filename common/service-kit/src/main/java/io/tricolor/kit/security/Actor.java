package io.tricolor.kit.security;

import java.util.Set;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import reactor.core.publisher.Mono;

/**
 * Who asks. A controller method may take it as a parameter.
 *
 * @param name subject of the token
 * @param roles of the token, and those that they include; see {@link Roles}
 */
public record Actor(String name, Set<String> roles) {

    static final String PREFIX = "ROLE_";

    /** Copies the roles. */
    public Actor {
        roles = Set.copyOf(roles);
    }

    /** Whether the actor has a role, given or included. */
    public boolean has(String role) {
        return roles.contains(role);
    }

    /** The actor of the current request, empty where nobody is authenticated. */
    public static Mono<Actor> current() {
        return ReactiveSecurityContextHolder.getContext()
                .mapNotNull(SecurityContext::getAuthentication)
                .filter(Authentication::isAuthenticated)
                .map(Actor::of);
    }

    private static Actor of(Authentication authentication) {
        return new Actor(
                authentication.getName(),
                authentication.getAuthorities().stream()
                        .map(GrantedAuthority::getAuthority)
                        .filter(authority -> authority != null && authority.startsWith(PREFIX))
                        .map(authority -> authority.substring(PREFIX.length()))
                        .collect(java.util.stream.Collectors.toUnmodifiableSet()));
    }
}
