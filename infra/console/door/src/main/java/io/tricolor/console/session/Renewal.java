package io.tricolor.console.session;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import reactor.core.publisher.Mono;

/** Where a session came from, when that gives new tokens. */
public interface Renewal {

    /** Who the session is of, with a new token; fails when there is none. Not called again before it has ended. */
    Mono<JwtAuthenticationToken> renew();

    /** Where a browser goes to end the login there as well; null: nowhere. */
    @Nullable
    URI farewell();
}
