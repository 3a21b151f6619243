package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.gateway.RoutingState.Admission;
import io.tricolor.gateway.RoutingState.Pinned;
import io.tricolor.router.sources.Instance;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Tables;
import io.tricolor.routing.CompiledTable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

class ForwardFilterTest {

    private static final Throwable UNCONNECTED = new ConnectException("refused");
    private static final Throwable CLOSED_BEFORE = AbortedException.beforeSend();
    private static final Throwable NO_CONNECTION_IN_TIME = new PoolAcquireTimeoutException(Duration.ofSeconds(1));
    private static final Throwable TOO_MANY_WAIT = new PoolAcquirePendingLimitException(1);
    private static final Throwable RESET = new IOException("Connection reset by peer");
    private static final Throwable OTHER = new IllegalStateException("no such thing");

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(UNCONNECTED, HttpMethod.GET, false, false, 3),
                Arguments.of(UNCONNECTED, HttpMethod.POST, true, false, 3),
                Arguments.of(CLOSED_BEFORE, HttpMethod.GET, false, false, 3),
                Arguments.of(CLOSED_BEFORE, HttpMethod.POST, false, false, 3),
                Arguments.of(CLOSED_BEFORE, HttpMethod.POST, true, false, 3),
                Arguments.of(CLOSED_BEFORE, HttpMethod.POST, true, true, 1),
                Arguments.of(NO_CONNECTION_IN_TIME, HttpMethod.GET, false, false, 3),
                Arguments.of(NO_CONNECTION_IN_TIME, HttpMethod.POST, true, false, 3),
                Arguments.of(NO_CONNECTION_IN_TIME, HttpMethod.POST, true, true, 1),
                Arguments.of(TOO_MANY_WAIT, HttpMethod.POST, true, false, 3),
                Arguments.of(new AbortedException("while writing"), HttpMethod.GET, false, false, 1),
                Arguments.of(RESET, HttpMethod.GET, false, false, 3),
                Arguments.of(RESET, HttpMethod.DELETE, false, false, 3),
                Arguments.of(RESET, HttpMethod.POST, false, false, 1),
                Arguments.of(RESET, HttpMethod.PATCH, false, false, 1),
                Arguments.of(RESET, HttpMethod.PUT, true, true, 1),
                Arguments.of(RESET, HttpMethod.PUT, true, false, 1),
                Arguments.of(OTHER, HttpMethod.GET, false, false, 1));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void sends_again_only_what_is_not_done_twice(
            Throwable failure, HttpMethod method, boolean body, boolean bodyTaken, int attempts) {
        assertThat(tried(4, failure, method, body, bodyTaken)).hasSize(attempts).doesNotHaveDuplicates();
    }

    static Stream<Arguments> failuresOfTheOnlyInstance() {
        return Stream.of(
                Arguments.of(NO_CONNECTION_IN_TIME, 2),
                Arguments.of(TOO_MANY_WAIT, 2),
                Arguments.of(CLOSED_BEFORE, 2),
                Arguments.of(UNCONNECTED, 1),
                Arguments.of(RESET, 1),
                Arguments.of(OTHER, 1));
    }

    @ParameterizedTest
    @MethodSource("failuresOfTheOnlyInstance")
    void tries_the_only_instance_once_more_when_it_did_not_refuse(Throwable failure, int attempts) {
        assertThat(tried(1, failure, HttpMethod.POST, true, false)).hasSize(attempts);
    }

    private static List<String> tried(
            int instances, Throwable failure, HttpMethod method, boolean body, boolean bodyTaken) {
        RoutingState state = new RoutingState();
        state.apply(
                new ServiceKey("shop", "web"),
                new TreeMap<>(Map.of(
                        "A",
                        IntStream.rangeClosed(1, instances)
                                .mapToObj(port -> new Endpoint(new Instance("a" + port, "127.0.0.1", port)))
                                .toList())));
        state.apply(CompiledTable.of(Tables.table(1, 1, Map.of("A", RouteStrategy.green()))));
        Pinned pinned = ((Admission.Admitted) state.admit(null, "/", table -> null, 0, null)).pinned();
        MockServerHttpRequest.BodyBuilder request =
                MockServerHttpRequest.method(method, URI.create("http://gateway/x?y=1"));
        MockServerWebExchange exchange =
                MockServerWebExchange.from(body ? request.contentLength(5).body("order") : request.build());
        exchange.getAttributes().put(RoutingFilter.PINNED, pinned);
        List<String> tried = new ArrayList<>();
        GatewayFilterChain chain = sent -> Mono.defer(() -> {
            tried.add(sent.<URI>getRequiredAttribute(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR)
                    .toString());
            Mono<Void> failing = Mono.error(failure);
            return bodyTaken ? sent.getRequest().getBody().then(failing) : failing;
        });
        GatewaySettings settings = new GatewaySettings(
                null,
                Path.of("unused"),
                Duration.ofSeconds(2),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                3,
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ZERO,
                false,
                0,
                true,
                false);

        Throwable thrown =
                catchThrowable(() -> new ForwardFilter(settings, new GatewayMetrics(new CollectorRegistry(), state))
                        .filter(exchange, chain)
                        .block());

        assertThat(thrown).hasMessageContaining(failure.getMessage());
        assertThat(tried).allMatch(url -> url.endsWith("/x?y=1"));
        pinned.close();
        assertThat(state.snapshot().endpoints(new ServiceKey("shop", "web")).of("A"))
                .allMatch(endpoint -> endpoint.inFlight() == 0);
        return tried;
    }
}
