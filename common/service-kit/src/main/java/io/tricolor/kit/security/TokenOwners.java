package io.tricolor.kit.security;

import io.tricolor.contracts.TokenClaims;
import java.util.List;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import reactor.core.publisher.Mono;

/** Says who a token is of, and what its owner may. */
public final class TokenOwners {

    private final ReactiveJwtDecoder decoder;
    private final SecurityProperties properties;
    private final RoleClaims roles;

    TokenOwners(ReactiveJwtDecoder decoder, SecurityProperties properties) {
        this.decoder = decoder;
        this.properties = properties;
        this.roles = new RoleClaims(properties.rolesClaim(), properties.roleMapping());
    }

    /** The owner of a token that came in another way than in the header; fails when it is not good. */
    public Mono<JwtAuthenticationToken> ownerOf(String token) {
        return decoder.decode(token).map(this::owner);
    }

    /** The same of a token that was found good; for the rules of a service with a filter chain of its own. */
    public Mono<AbstractAuthenticationToken> authenticated(Jwt jwt) {
        return Mono.just(owner(jwt));
    }

    private TokenOwner owner(Jwt jwt) {
        List<GrantedAuthority> authorities = roles.of(jwt.getClaims()).stream()
                .<GrantedAuthority>map(role -> new SimpleGrantedAuthority(Actor.PREFIX + role))
                .toList();
        Object routers = TokenClaims.at(jwt.getClaims(), properties.routerClaim());
        Object applications = TokenClaims.at(jwt.getClaims(), properties.applicationsClaim());
        return new TokenOwner(
                jwt,
                authorities,
                routers == null ? List.of(jwt.getSubject()) : TokenClaims.texts(routers),
                applications == null ? null : TokenClaims.texts(applications));
    }
}
