package io.tricolor.console;

import io.tricolor.console.login.ProviderLogin;
import io.tricolor.console.session.CsrfFilter;
import io.tricolor.console.session.SessionContexts;
import io.tricolor.console.session.SignedRequests;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.problem.ProblemWriter;
import io.tricolor.kit.security.Roles;
import io.tricolor.kit.security.TokenOwners;
import java.time.InstantSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.header.CrossOriginOpenerPolicyServerHttpHeadersWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.server.header.CrossOriginResourcePolicyServerHttpHeadersWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.server.header.ReferrerPolicyServerHttpHeadersWriter.ReferrerPolicy;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Who comes in, and what browsers are told. */
@Configuration(proxyBeanMethods = false)
class DoorSecurity {

    /** Nothing but this origin, no script or style in the page itself, no page around it. */
    static final String CONTENT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            + "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    SecurityWebFilterChain door(
            ServerHttpSecurity http,
            ReactiveJwtDecoder decoder,
            TokenOwners owners,
            SessionContexts sessions,
            ObjectProvider<ProviderLogin> provider,
            ProblemWriter problems,
            @Value("${tricolor.security.closed:false}") boolean closed) {
        http.csrf(ServerHttpSecurity.CsrfSpec::disable) // ours knows sessions and tokens apart
                .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
                .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
                .logout(ServerHttpSecurity.LogoutSpec::disable)
                .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                .securityContextRepository(sessions)
                .headers(headers -> headers.contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT))
                        .permissionsPolicy(policy -> policy.policy(FEATURES))
                        .referrerPolicy(policy -> policy.policy(ReferrerPolicy.NO_REFERRER))
                        .crossOriginOpenerPolicy(policy -> policy.policy(CrossOriginOpenerPolicy.SAME_ORIGIN))
                        .crossOriginResourcePolicy(policy -> policy.policy(CrossOriginResourcePolicy.SAME_ORIGIN)))
                .exceptionHandling(handling -> handling.authenticationEntryPoint(
                                (exchange, failure) -> nobody(exchange, failure, problems))
                        .accessDeniedHandler(problems::write))
                .oauth2ResourceServer(server -> server.authenticationEntryPoint(problems::write)
                        .accessDeniedHandler(problems::write)
                        .jwt(jwt -> jwt.jwtDecoder(decoder).jwtAuthenticationConverter(owners::authenticated)))
                .authorizeExchange(exchanges -> {
                    exchanges
                            .pathMatchers("/actuator/health", "/actuator/health/**")
                            .permitAll();
                    if (closed) {
                        exchanges.pathMatchers("/metrics").hasAnyRole(Roles.VIEWER, Roles.SERVICE);
                    } else {
                        exchanges.pathMatchers("/metrics").permitAll();
                    }
                    exchanges
                            .pathMatchers(HttpMethod.GET, "/door/login", "/door/enter")
                            .permitAll()
                            .pathMatchers(HttpMethod.POST, "/door/codes")
                            .hasRole(Roles.VIEWER)
                            .matchers(SignedRequests::match)
                            .permitAll()
                            .pathMatchers("/door/session", "/door/logout", "/api/**")
                            .authenticated()
                            .pathMatchers("/door/**", "/actuator/**")
                            .denyAll()
                            .pathMatchers(HttpMethod.GET, "/**")
                            .permitAll()
                            .pathMatchers(HttpMethod.HEAD, "/**")
                            .permitAll()
                            .anyExchange()
                            .denyAll();
                })
                .addFilterAfter(new CsrfFilter(), SecurityWebFiltersOrder.AUTHORIZATION);
        provider.ifAvailable(login -> login.configure(http));
        return http.build();
    }

    private static Mono<Void> nobody(
            ServerWebExchange exchange, AuthenticationException failure, ProblemWriter problems) {
        boolean hasToken = exchange.getRequest().getHeaders().containsHeader(HttpHeaders.AUTHORIZATION);
        return problems.write(
                exchange,
                hasToken
                        ? failure
                        : new Rejected(Code.LOGIN_REQUIRED, "nobody is logged in; /door/login leads to a session"));
    }
}
