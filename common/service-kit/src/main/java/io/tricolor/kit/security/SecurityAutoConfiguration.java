package io.tricolor.kit.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.source.JWKSecurityContextJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWKSecurityContext;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.SignedJWT;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.problem.ProblemWriter;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.firewall.ServerExchangeRejectedHandler;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Tokens, roles and rules. Health and metrics are open; everything else is denied unless a rule allows it. */
@AutoConfiguration(
        beforeName = {
            "org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration",
            "org.springframework.boot.security.oauth2.server.resource.autoconfigure.reactive.ReactiveOAuth2ResourceServerAutoConfiguration"
        })
@EnableConfigurationProperties(SecurityProperties.class)
@EnableWebFluxSecurity
class SecurityAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ReactiveJwtDecoder jwtDecoder(SecurityProperties properties) {
        NimbusReactiveJwtDecoder decoder = NimbusReactiveJwtDecoder.withJwkSource(fitting(keys(properties)))
                .jwtProcessorCustomizer(processor -> {
                    processor.setJWSKeySelector(new JWSVerificationKeySelector<JWKSecurityContext>(
                            VerificationKeys.ALGORITHMS, new JWKSecurityContextJWKSet()));
                    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
                })
                .build();
        OAuth2TokenValidator<Jwt> expires = new JwtClaimValidator<>(JwtClaimNames.EXP, exp -> exp != null);
        OAuth2TokenValidator<Jwt> subject =
                new JwtClaimValidator<String>(JwtClaimNames.SUB, sub -> sub != null && !sub.isBlank());
        OAuth2TokenValidator<Jwt> audience = new JwtClaimValidator<Collection<String>>(
                JwtClaimNames.AUD, aud -> aud != null && aud.contains(properties.audience()));
        JwtTimestampValidator times = new JwtTimestampValidator();
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
                times, new JwtIssuerValidator(properties.issuer()), expires, audience, subject));
        return new KnownTokens(decoder, times);
    }

    /** The refusal has the name of who asked, for the request log and the audit trail. */
    private static Mono<Void> denied(ServerWebExchange exchange, AccessDeniedException denied, ProblemWriter problems) {
        return exchange.getPrincipal()
                .doOnNext(asking -> exchange.getAttributes().put(Actor.ATTRIBUTE, asking.getName()))
                .then(problems.write(exchange, denied));
    }

    private static Function<SignedJWT, Flux<JWK>> fitting(Function<SignedJWT, Flux<JWK>> keys) {
        return token -> keys.apply(token)
                .filter(key -> VerificationKeys.fits(key, token.getHeader().getAlgorithm()));
    }

    private static Function<SignedJWT, Flux<JWK>> keys(SecurityProperties properties) {
        if (properties.publicKey() != null) {
            List<JWK> keys = VerificationKeys.read(properties.publicKey());
            // A key in a file has no name: every token may be signed by it, however that calls its key.
            return token -> Flux.fromIterable(
                    VerificationKeys.named(keys, token.getHeader().getKeyID()));
        }
        PublishedKeys published = new PublishedKeys(
                properties.jwkSetUri(),
                properties.issuer(),
                properties.refreshInterval(),
                properties.refreshPause(),
                System::nanoTime);
        return token -> published.keys(token.getHeader().getKeyID());
    }

    /** Each filter of the chain would be timed by itself, in each request; nobody reads these. */
    @Bean
    @ConditionalOnMissingBean
    SecurityObservationSettings securityObservations() {
        return SecurityObservationSettings.noObservations();
    }

    @Bean
    @ConditionalOnMissingBean
    SecurityWebFilterChain securityWebFilterChain(
            ServerHttpSecurity http,
            ReactiveJwtDecoder decoder,
            TokenOwners owners,
            SecurityProperties properties,
            ObjectProvider<AccessRules> rules,
            ProblemWriter problems) {
        return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
                .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
                .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
                .logout(ServerHttpSecurity.LogoutSpec::disable)
                .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(problems::write)
                        .accessDeniedHandler((exchange, denied) -> denied(exchange, denied, problems)))
                .oauth2ResourceServer(server -> server.authenticationEntryPoint(problems::write)
                        .accessDeniedHandler(problems::write)
                        .jwt(jwt -> jwt.jwtDecoder(decoder).jwtAuthenticationConverter(owners::authenticated)))
                .authorizeExchange(exchanges -> {
                    exchanges
                            .pathMatchers("/actuator/health", "/actuator/health/**")
                            .permitAll();
                    if (properties.closed()) {
                        exchanges.pathMatchers("/metrics").hasAnyRole(Roles.VIEWER, Roles.SERVICE);
                    } else {
                        exchanges.pathMatchers("/metrics").permitAll();
                    }
                    exchanges.pathMatchers(HttpMethod.GET, "/v3/api-docs").authenticated();
                    rules.ifAvailable(all -> all.list().forEach(rule -> apply(exchanges, rule)));
                    exchanges.anyExchange().denyAll();
                })
                .build();
    }

    /** Requests that Spring's firewall turns away: before any rule, so without saying what is there. */
    @Bean
    @ConditionalOnMissingBean
    ServerExchangeRejectedHandler rejectedByFirewall(ProblemWriter problems) {
        return (exchange, rejected) -> problems.write(
                exchange,
                new Rejected(Code.BAD_REQUEST, "the path, the method or a header has characters that are not allowed"));
    }

    /** Who may GET may HEAD: RFC 9110, section 9.3.2, has them differ in the body of the answer only. */
    private static void apply(ServerHttpSecurity.AuthorizeExchangeSpec exchanges, AccessRules.Rule rule) {
        apply(
                rule.method() == null
                        ? exchanges.pathMatchers(rule.pattern())
                        : exchanges.pathMatchers(rule.method(), rule.pattern()),
                rule);
        if (HttpMethod.GET.equals(rule.method())) {
            apply(exchanges.pathMatchers(HttpMethod.HEAD, rule.pattern()), rule);
        }
    }

    private static void apply(ServerHttpSecurity.AuthorizeExchangeSpec.Access access, AccessRules.Rule rule) {
        if (rule.roles().isEmpty()) {
            access.permitAll();
        } else {
            access.hasAnyRole(rule.roles().toArray(String[]::new));
        }
    }

    @Bean
    TokenOwners tokenOwners(ReactiveJwtDecoder decoder, SecurityProperties properties) {
        return new TokenOwners(decoder, properties);
    }

    @Bean
    ServiceTokens serviceTokens(SecurityProperties properties) {
        return new ServiceTokens(properties.tokenFile());
    }

    @Bean
    WebFluxConfigurer actorArguments() {
        return new WebFluxConfigurer() {
            @Override
            public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
                configurer.addCustomResolver(new ActorArgument());
            }
        };
    }
}
