package io.tricolor.console.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.console.session.SessionContexts;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Pages of the class path: files under {@code /assets} have their content in their name and are kept for ever; every
 * other path is one of the one page, which finds out itself what to show.
 */
@Configuration(proxyBeanMethods = false)
class ConsolePages {

    private static final List<String> ELSEWHERE = List.of("/api", "/door", "/actuator", "/metrics", "/assets");

    private static final RequestPredicate IS_PAGE =
            request -> (HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method()))
                    && ELSEWHERE.stream()
                            .noneMatch(prefix -> request.path().equals(prefix)
                                    || request.path().startsWith(prefix + "/"));

    @Bean
    RouterFunction<ServerResponse> consoleAssets() {
        return RouterFunctions.resources(
                "/assets/**",
                new ClassPathResource("console/assets/"),
                (resource, headers) -> headers.setCacheControl(
                        CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable()));
    }

    @Bean
    RouterFunction<ServerResponse> consolePage(SessionContexts sessions) {
        return RouterFunctions.route()
                .route(IS_PAGE, request -> page(request, sessions))
                .build();
    }

    /**
     * The page itself is no secret. Who has no session is led to the login, but not one who comes from a page of
     * another origin: the browser does not show the cookie then, and the page asks by itself.
     */
    private static Mono<ServerResponse> page(ServerRequest request, SessionContexts sessions) {
        boolean isFromElsewhere = "cross-site".equals(request.headers().firstHeader("Sec-Fetch-Site"));
        return sessions.session(request.exchange())
                .hasElement()
                .flatMap(isThere -> isThere || isFromElsewhere ? index() : login(request));
    }

    private static Mono<ServerResponse> index() {
        Resource index = new ClassPathResource("console/index.html");
        return index.exists()
                ? ServerResponse.ok()
                        .cacheControl(CacheControl.noCache())
                        .contentType(new MediaType(MediaType.TEXT_HTML, UTF_8))
                        .bodyValue(index)
                : ServerResponse.notFound().build();
    }

    private static Mono<ServerResponse> login(ServerRequest request) {
        String query = request.uri().getRawQuery();
        String asked = request.uri().getRawPath() + (query == null ? "" : "?" + query);
        String to = asked.equals("/") ? "" : "?to=" + URLEncoder.encode(asked, UTF_8);
        return ServerResponse.status(HttpStatus.FOUND)
                .location(URI.create("/door/login" + to))
                .build();
    }
}
