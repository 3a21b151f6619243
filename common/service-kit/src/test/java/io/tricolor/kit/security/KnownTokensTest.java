package io.tricolor.kit.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import reactor.core.publisher.Mono;

class KnownTokensTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicInteger decoded = new AtomicInteger();
    private final JwtTimestampValidator times = new JwtTimestampValidator(Duration.ZERO);
    private final KnownTokens tokens = new KnownTokens(
            token -> Mono.fromCallable(() -> {
                decoded.incrementAndGet();
                if (token.equals("bad")) {
                    throw new BadJwtException("bad");
                }
                return Jwt.withTokenValue(token)
                        .header("alg", "ES256")
                        .subject(token)
                        .expiresAt(NOW.plusSeconds(10))
                        .build();
            }),
            times);

    @Test
    void a_good_token_is_verified_once_and_each_is_its_own() {
        at(NOW);
        for (int i = 0; i < 3; i++) {
            assertThat(tokens.decode("ann").block().getSubject()).isEqualTo("ann");
            assertThat(tokens.decode("bob").block().getSubject()).isEqualTo("bob");
        }
        assertThat(decoded).hasValue(2);
    }

    @Test
    void one_that_has_expired_is_verified_again_and_a_bad_one_each_time() {
        at(NOW);
        tokens.decode("ann").block();
        at(NOW.plusSeconds(11));
        tokens.decode("ann").block();
        assertThat(decoded).as("what was known does not outlive the token").hasValue(2);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> tokens.decode("bad").block()).isInstanceOf(BadJwtException.class);
        }
        assertThat(decoded).hasValue(4);
    }

    private void at(Instant now) {
        times.setClock(Clock.fixed(now, ZoneOffset.UTC));
    }
}
