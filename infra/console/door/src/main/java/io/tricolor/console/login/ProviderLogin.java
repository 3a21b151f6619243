package io.tricolor.console.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.console.session.Renewal;
import io.tricolor.console.session.SessionCookies;
import io.tricolor.console.session.Sessions;
import io.tricolor.kit.security.TokenOwners;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.WebClientReactiveRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenValidator;
import org.springframework.security.oauth2.client.oidc.authentication.ReactiveOidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.ReactiveClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.client.web.server.DefaultServerOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.converter.ClaimTypeConverter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoderFactory;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.util.matcher.PathPatternParserServerWebExchangeMatcher;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The login by an identity provider: authorization code with PKCE. What the provider answers ends here: the session is
 * of the access token's owner, as the services see it.
 */
@Component
@ConditionalOnProperty("tricolor.console.oidc.client-id")
public class ProviderLogin {

    private static final String REGISTRATION = "provider";
    private static final String START = "/door/oidc/";
    private static final String CALLBACK = "/door/callback";
    private static final String AUTHORIZED = OAuth2AuthorizedClient.class.getName();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(ProviderLogin.class);

    private final LoginProperties.Oidc oidc;
    private final String issuer;
    private final TokenOwners owners;
    private final Sessions sessions;
    private final SessionCookies cookies;
    private final PendingLogins pending;
    private final WebClientReactiveRefreshTokenTokenResponseClient refreshes =
            new WebClientReactiveRefreshTokenTokenResponseClient();
    private volatile @Nullable ClientRegistration known;

    ProviderLogin(
            LoginProperties properties,
            @Value("${tricolor.security.issuer:tricolor}") String issuer,
            TokenOwners owners,
            Sessions sessions,
            SessionCookies cookies,
            PendingLogins pending) {
        this.oidc = Objects.requireNonNull(properties.oidc());
        this.issuer = oidc.issuer() == null ? issuer : oidc.issuer();
        this.owners = owners;
        this.sessions = sessions;
        this.cookies = cookies;
        this.pending = pending;
    }

    /** Path that leads to the provider, and afterwards to a page. */
    static String start(String destination) {
        return START + REGISTRATION + "?to=" + URLEncoder.encode(destination, UTF_8);
    }

    /** Adds the login to the rules of a filter chain. */
    public void configure(ServerHttpSecurity http) {
        ReactiveClientRegistrationRepository registrations = id -> registration();
        DefaultServerOAuth2AuthorizationRequestResolver requests = new DefaultServerOAuth2AuthorizationRequestResolver(
                registrations, new PathPatternParserServerWebExchangeMatcher(START + "{registrationId}"));
        requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
        http.oauth2Login(login -> login.clientRegistrationRepository(registrations)
                .authorizationRequestResolver(requests)
                .authorizationRequestRepository(pending)
                .authorizedClientRepository(new OfThisRequest())
                .authenticationMatcher(new PathPatternParserServerWebExchangeMatcher(CALLBACK))
                .securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
                .authenticationSuccessHandler(this::entered)
                .authenticationFailureHandler((exchange, failure) -> refused(exchange.getExchange(), failure)));
    }

    /** ID tokens of whichever algorithm the provider signs by, never one with a shared secret. */
    @Bean
    static ReactiveJwtDecoderFactory<ClientRegistration> idTokens() {
        Map<ClientRegistration, ReactiveJwtDecoder> decoders = new ConcurrentHashMap<>();
        return registration -> decoders.computeIfAbsent(registration, ProviderLogin::idTokens);
    }

    private static ReactiveJwtDecoder idTokens(ClientRegistration registration) {
        NimbusReactiveJwtDecoder decoder = NimbusReactiveJwtDecoder.withJwkSetUri(Objects.requireNonNull(
                        registration.getProviderDetails().getJwkSetUri(), "the provider publishes no keys"))
                .jwsAlgorithms(all -> all.addAll(Set.of(SignatureAlgorithm.values())))
                .build();
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
                new JwtTimestampValidator(), new OidcIdTokenValidator(registration)));
        decoder.setClaimSetConverter(
                new ClaimTypeConverter(ReactiveOidcIdTokenDecoderFactory.createDefaultClaimTypeConverters()));
        return decoder;
    }

    /** Read when it is needed first: a provider that is away does not keep the console from starting. */
    private Mono<ClientRegistration> registration() {
        ClientRegistration read = known;
        return read != null
                ? Mono.just(read)
                : Mono.fromCallable(this::read)
                        .subscribeOn(Schedulers.boundedElastic())
                        .timeout(PATIENCE)
                        .doOnNext(found -> known = found);
    }

    private ClientRegistration read() {
        ClientRegistration.Builder builder = ClientRegistrations.fromIssuerLocation(issuer)
                .registrationId(REGISTRATION)
                .clientId(oidc.clientId())
                .scope(oidc.scopes())
                .redirectUri("{baseUrl}" + CALLBACK);
        if (oidc.clientSecretFile() == null) {
            return builder.clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
                    .build();
        }
        try {
            return builder.clientSecret(
                            Files.readString(oidc.clientSecretFile()).strip())
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("tricolor.console.oidc.client-secret-file cannot be read", e);
        }
    }

    private Mono<Void> entered(WebFilterExchange filters, Authentication authentication) {
        ServerWebExchange exchange = filters.getExchange();
        OAuth2AuthorizedClient client = exchange.getRequiredAttribute(AUTHORIZED);
        return owners.ownerOf(client.getAccessToken().getTokenValue())
                .flatMap(owner -> {
                    Renewal renewal = client.getRefreshToken() == null ? null : new Refresh(client);
                    cookies.begin(exchange, sessions.begin(owner, renewal));
                    LoginController.LOGINS.labels("provider", "done").inc();
                    log.info("{} has logged in by {}", owner.getName(), issuer);
                    return write(exchange, DoorPages.goOn(PendingLogins.destinationOf(exchange)));
                })
                .onErrorResume(failure -> refused(exchange, failure));
    }

    private static Mono<Void> refused(ServerWebExchange exchange, Throwable failure) {
        LoginController.LOGINS.labels("provider", "refused").inc();
        log.warn("a login by the identity provider failed: {}", failure.toString());
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatus.SEE_OTHER);
        response.getHeaders().setLocation(URI.create("/door/login?failed"));
        return response.setComplete();
    }

    private static Mono<Void> write(ServerWebExchange exchange, ResponseEntity<String> page) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(page.getStatusCode());
        response.getHeaders().putAll(page.getHeaders());
        byte[] body = Objects.requireNonNullElse(page.getBody(), "").getBytes(UTF_8);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    /** New tokens by the refresh token, which may itself be a new one each time. */
    private final class Refresh implements Renewal {

        private volatile OAuth2AuthorizedClient client;

        Refresh(OAuth2AuthorizedClient client) {
            this.client = client;
        }

        @Override
        public Mono<JwtAuthenticationToken> renew() {
            OAuth2AuthorizedClient last = client;
            OAuth2RefreshTokenGrantRequest request = new OAuth2RefreshTokenGrantRequest(
                    last.getClientRegistration(),
                    last.getAccessToken(),
                    Objects.requireNonNull(last.getRefreshToken()));
            return refreshes
                    .getTokenResponse(request)
                    .timeout(PATIENCE)
                    .doOnNext(answer -> client = next(last, answer))
                    .flatMap(answer -> owners.ownerOf(answer.getAccessToken().getTokenValue()));
        }

        private static OAuth2AuthorizedClient next(OAuth2AuthorizedClient last, OAuth2AccessTokenResponse answer) {
            return new OAuth2AuthorizedClient(
                    last.getClientRegistration(),
                    last.getPrincipalName(),
                    answer.getAccessToken(),
                    answer.getRefreshToken() == null ? last.getRefreshToken() : answer.getRefreshToken());
        }

        @Override
        public @Nullable URI farewell() {
            Object end = client.getClientRegistration()
                    .getProviderDetails()
                    .getConfigurationMetadata()
                    .get("end_session_endpoint");
            return end == null ? null : URI.create(end + "?client_id=" + URLEncoder.encode(oidc.clientId(), UTF_8));
        }
    }

    /** Hands the tokens of a login on within its request, and keeps nothing. */
    private static final class OfThisRequest implements ServerOAuth2AuthorizedClientRepository {

        @Override
        public <T extends OAuth2AuthorizedClient> Mono<T> loadAuthorizedClient(
                String registration, @Nullable Authentication principal, ServerWebExchange exchange) {
            return Mono.empty();
        }

        @Override
        public Mono<Void> saveAuthorizedClient(
                OAuth2AuthorizedClient client, @Nullable Authentication principal, ServerWebExchange exchange) {
            exchange.getAttributes().put(AUTHORIZED, client);
            return Mono.empty();
        }

        @Override
        public Mono<Void> removeAuthorizedClient(
                String registration, @Nullable Authentication principal, ServerWebExchange exchange) {
            return Mono.empty();
        }
    }
}
