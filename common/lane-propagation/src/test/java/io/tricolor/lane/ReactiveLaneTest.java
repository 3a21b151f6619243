package io.tricolor.lane;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A WebFlux application that calls another, over HTTP. */
class ReactiveLaneTest {

    private static Callee callee;
    private static ConfigurableApplicationContext application;
    private static Caller caller;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        @Scope("prototype")
        WebClient.Builder webClientBuilder() {
            return WebClient.builder();
        }

        @Bean
        WebClient ownClient() {
            return WebClient.create(callee.url());
        }

        @Bean
        RestTemplate restTemplate() {
            return new RestTemplate();
        }

        @Bean
        RouterFunction<ServerResponse> routes(WebClient.Builder builder, WebClient ownClient) {
            WebClient built = builder.baseUrl(callee.url()).build();
            return RouterFunctions.route()
                    .GET("/built", request -> call(built, "/").flatMap(ServerResponse.ok()::bodyValue))
                    .GET("/own", request -> call(ownClient, "/").flatMap(ServerResponse.ok()::bodyValue))
                    .GET(
                            "/elsewhere",
                            request -> Mono.delay(Duration.ofMillis(1))
                                    .publishOn(Schedulers.boundedElastic())
                                    .then(call(built, "/"))
                                    .flatMap(ServerResponse.ok()::bodyValue))
                    .GET(
                            "/explicit",
                            request -> built.get()
                                    .uri("/")
                                    .header("X-User-Id", "9")
                                    .retrieve()
                                    .bodyToMono(String.class)
                                    .flatMap(ServerResponse.ok()::bodyValue))
                    .GET(
                            "/abroad",
                            request -> call(
                                            WebClient.builder()
                                                    .filter(new LaneExchangeFilter(new Propagation(
                                                            List.of("X-User-Id"), List.of("*.example", "shop"))))
                                                    .baseUrl(callee.url())
                                                    .build(),
                                            "/")
                                    .flatMap(ServerResponse.ok()::bodyValue))
                    .build();
        }

        private static Mono<String> call(WebClient client, String path) {
            return client.get().uri(path).retrieve().bodyToMono(String.class);
        }
    }

    @BeforeAll
    static void start() {
        callee = new Callee();
        application = new SpringApplicationBuilder(Application.class)
                .properties(Map.of("server.port", "0", "spring.main.register-shutdown-hook", "false"))
                .run("--spring.reactor.netty.shutdown-quiet-period=0s");
        caller =
                new Caller("http://127.0.0.1:" + application.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        application.close();
        callee.close();
    }

    @Test
    void lane_and_id_of_a_request_go_on_with_every_client_of_the_application() {
        for (String path : new String[] {"/built", "/own", "/elsewhere"}) {
            caller.get(path, "X-Tricolor-Lane", "shop=B", "X-User-Id", "42", "X-Other", "not ours");
            Headers seen = callee.last();
            assertThat(seen.get("X-Tricolor-Lane")).as(path).containsExactly("shop=B");
            assertThat(seen.get("X-User-Id")).as(path).containsExactly("42");
            assertThat(seen.containsKey("X-Other")).as(path).isFalse();
        }
    }

    @Test
    void several_headers_of_lanes_go_on_as_one_and_an_id_as_it_came() {
        caller.get(
                "/built",
                "X-Tricolor-Lane",
                "shop=B",
                "X-Tricolor-Lane",
                "bank=A",
                "X-User-Id",
                "Smith, \"Jo\"",
                "X-User-Id",
                "second");
        assertThat(callee.last().get("X-Tricolor-Lane")).containsExactly("shop=B,bank=A");
        assertThat(callee.last().get("X-User-Id")).containsExactly("Smith, \"Jo\"");
    }

    @Test
    void a_request_leaves_nothing_behind_for_the_next_one() {
        caller.get("/built", "X-Tricolor-Lane", "shop=B");
        for (int i = 0; i < 20; i++) {
            caller.get("/built");
            assertThat(callee.last().containsKey("X-Tricolor-Lane")).isFalse();
        }
    }

    @Test
    void what_the_application_sets_itself_stays() {
        caller.get("/explicit", "X-User-Id", "42", "X-Tricolor-Lane", "shop=B");
        assertThat(callee.last().get("X-User-Id")).containsExactly("9");
        assertThat(callee.last().get("X-Tricolor-Lane")).containsExactly("shop=B");
    }

    @Test
    void hosts_that_are_not_named_get_nothing() {
        caller.get("/abroad", "X-User-Id", "42", "X-Tricolor-Lane", "shop=B");
        assertThat(callee.last().containsKey("X-User-Id")).isFalse();
        assertThat(callee.last().containsKey("X-Tricolor-Lane")).isFalse();
        Propagation named = new Propagation(List.of(), List.of("*.example", "Shop"));
        assertThat(named.reaches(URI.create("http://pay.EXAMPLE:80/x"))).isTrue();
        assertThat(named.reaches(URI.create("http://shop/x"))).isTrue();
        assertThat(named.reaches(URI.create("http://badexample/x"))).isFalse();
        assertThat(named.reaches(URI.create("http://example/x"))).isFalse();
    }

    @Test
    void a_rest_template_that_is_a_bean_carries_what_belongs_to_its_thread() throws Exception {
        RestTemplate template = application.getBean(RestTemplate.class);
        CarriedHeaders carried = CarriedHeaders.of(List.of("X-Tricolor-Lane"), name -> "shop=B,payments=A");
        carried.call(() -> template.getForObject(callee.url(), String.class));
        assertThat(callee.last().get("X-Tricolor-Lane")).containsExactly("shop=B,payments=A");
        template.getForObject(callee.url(), String.class);
        assertThat(callee.last().containsKey("X-Tricolor-Lane")).isFalse();
    }
}
