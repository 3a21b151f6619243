package io.tricolor.kit.security;

import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

/** Who has shown a token, with what it is for besides its roles. */
final class TokenOwner extends JwtAuthenticationToken {

    private static final long serialVersionUID = 1L;

    private final transient Set<String> routers;
    private final transient @Nullable Set<String> applications;

    TokenOwner(
            Jwt jwt,
            Collection<? extends GrantedAuthority> authorities,
            Collection<String> routers,
            @Nullable Collection<String> applications) {
        super(jwt, authorities);
        this.routers = Set.copyOf(routers);
        this.applications = applications == null ? null : Set.copyOf(applications);
    }

    Set<String> routers() {
        return routers;
    }

    @Nullable
    Set<String> applications() {
        return applications;
    }
}
