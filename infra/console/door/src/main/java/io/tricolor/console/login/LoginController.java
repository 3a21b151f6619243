package io.tricolor.console.login;

import io.prometheus.client.Counter;
import io.tricolor.console.session.SessionContexts;
import io.tricolor.console.session.SessionCookies;
import io.tricolor.console.session.Sessions;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.net.URI;
import java.security.Principal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The ways in. */
@RestController
@RequestMapping("/door")
class LoginController {

    static final Counter LOGINS = Counter.build("tricolor_console_logins_total", "Logins, by the way and how it ended")
            .labelNames("by", "outcome")
            .register();

    private static final Logger log = LoggerFactory.getLogger(LoginController.class);

    private final Codes codes;
    private final Sessions sessions;
    private final SessionContexts contexts;
    private final SessionCookies cookies;
    private final boolean hasProvider;

    LoginController(
            Codes codes,
            Sessions sessions,
            SessionContexts contexts,
            SessionCookies cookies,
            ObjectProvider<ProviderLogin> provider) {
        this.codes = codes;
        this.sessions = sessions;
        this.contexts = contexts;
        this.cookies = cookies;
        this.hasProvider = provider.getIfAvailable() != null;
    }

    /**
     * A code for the one who asks, with the link that it is opened by.
     *
     * @param expires after that the code lets nobody in
     */
    record CodeView(String code, URI link, Instant expires) {}

    /** The session will be of the owner of the token that is shown here. */
    @PostMapping("/codes")
    ResponseEntity<CodeView> code(ServerWebExchange exchange, Principal principal) {
        if (SessionContexts.sessionOf(exchange).isPresent() || !(principal instanceof JwtAuthenticationToken owner)) {
            throw new Rejected(Code.FORBIDDEN, "a code is made for a token, not for a session");
        }
        Codes.Issued issued = codes.issue(owner);
        URI link = cookies.origin(exchange).resolve("/door/enter?code=" + issued.code());
        return ResponseEntity.status(HttpStatus.CREATED).body(new CodeView(issued.code(), link, issued.expires()));
    }

    @GetMapping("/enter")
    ResponseEntity<String> enter(
            @RequestParam String code,
            @RequestParam(required = false) @Nullable String to,
            ServerWebExchange exchange) {
        JwtAuthenticationToken owner = codes.take(code).orElse(null);
        if (owner == null) {
            LOGINS.labels("code", "refused").inc();
            return DoorPages.spent();
        }
        cookies.begin(exchange, sessions.begin(owner, null));
        LOGINS.labels("code", "done").inc();
        log.info("{} has logged in by a code", owner.getName());
        return isFromElsewhere(exchange) ? DoorPages.goOn(Destination.of(to)) : redirect(Destination.of(to));
    }

    @GetMapping("/login")
    Mono<ResponseEntity<String>> login(
            @RequestParam(required = false) @Nullable String to, ServerWebExchange exchange) {
        MultiValueMap<String, String> asked = exchange.getRequest().getQueryParams();
        boolean out = asked.containsKey("out");
        boolean failed = asked.containsKey("failed");
        return contexts.session(exchange)
                .map(session -> redirect(Destination.of(to)))
                .switchIfEmpty(Mono.fromSupplier(() -> {
                    if (!hasProvider) {
                        return DoorPages.byCode(out);
                    }
                    return out || failed
                            ? DoorPages.byProvider(failed)
                            : redirect(ProviderLogin.start(Destination.of(to)));
                }));
    }

    /** Whether a page of another origin has led here, as the browser says. */
    private static boolean isFromElsewhere(ServerWebExchange exchange) {
        return "cross-site".equals(exchange.getRequest().getHeaders().getFirst("Sec-Fetch-Site"));
    }

    private static ResponseEntity<String> redirect(String path) {
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .location(URI.create(path))
                .build();
    }
}
