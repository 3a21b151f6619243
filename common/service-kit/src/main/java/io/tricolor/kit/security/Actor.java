package io.tricolor.kit.security;

import java.util.Set;
import org.jspecify.annotations.Nullable;
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
 * @param routers names of the routers that the token is for
 * @param applications whose configuration the token may read; null: of all
 */
public record Actor(
        String name,
        Set<String> roles,
        Set<String> routers,
        @Nullable Set<String> applications) {

    /** Exchange attribute with the name of who asks, also of a request that is refused for the roles of its token. */
    public static final String ATTRIBUTE = Actor.class.getName() + ".name";

    static final String PREFIX = "ROLE_";

    /** Copies the sets. */
    public Actor {
        roles = Set.copyOf(roles);
        routers = Set.copyOf(routers);
        applications = applications == null ? null : Set.copyOf(applications);
    }

    /** Somebody whose token is for a router of the same name, if for any. */
    public Actor(String name, Set<String> roles) {
        this(name, roles, Set.of(name), null);
    }

    /**
     * Whether the token is for the router: its name, or that followed by a dot and more, for routers that make a part
     * of their id themselves.
     */
    public boolean isRouter(String routerId) {
        return has(Roles.ROUTER)
                && routers.stream()
                        .anyMatch(
                                name -> !name.isEmpty() && (routerId.equals(name) || routerId.startsWith(name + ".")));
    }

    /** Whether the actor has a role, given or included. */
    public boolean has(String role) {
        return roles.contains(role);
    }

    /** Whether the token is for the configuration of an application. */
    public boolean isFor(String application) {
        return applications == null || applications.contains(application);
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
                        .collect(java.util.stream.Collectors.toUnmodifiableSet()),
                authentication instanceof TokenOwner owner ? owner.routers() : Set.of(authentication.getName()),
                authentication instanceof TokenOwner owner ? owner.applications() : null);
    }
}
