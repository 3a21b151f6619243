package io.tricolor.kit.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.publisher.Mono;

/**
 * Remembers for a short time which tokens were found good: to verify a signature costs as much as a small request.
 * Whether a token has expired is looked at each time. A key that its provider withdraws is good for {@link #KEPT}
 * longer, for tokens that were seen before.
 */
final class KnownTokens implements ReactiveJwtDecoder {

    static final Duration KEPT = Duration.ofSeconds(30);

    private static final int MOST = 5_000;

    private final ReactiveJwtDecoder decoder;
    private final OAuth2TokenValidator<Jwt> times;
    private final Cache<String, Jwt> good =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(KEPT).build();

    /** {@code times} says whether a token is good at this moment. */
    KnownTokens(ReactiveJwtDecoder decoder, OAuth2TokenValidator<Jwt> times) {
        this.decoder = decoder;
        this.times = times;
    }

    @Override
    public Mono<Jwt> decode(String token) {
        Jwt known = good.getIfPresent(token);
        if (known != null && !times.validate(known).hasErrors()) {
            return Mono.just(known);
        }
        return decoder.decode(token).doOnNext(jwt -> good.put(token, jwt));
    }
}
