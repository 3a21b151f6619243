package io.tricolor.strategy.group.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class LargeBodyFilterTest {

    private static final long LARGE = (1 << 20) + 1;

    private final LargeBodyFilter filter = new LargeBodyFilter();
    private final Sinks.Empty<Void> work = Sinks.empty();
    private final WebFilterChain busy = exchange -> work.asMono();
    private final WebFilterChain idle = exchange -> Mono.empty();

    @Test
    void lets_one_large_body_in_at_a_time() {
        Disposable first =
                filter.filter(of("/api/groups/a/upgrades", LARGE), busy).subscribe();
        Mono<Void> second = filter.filter(of("/api/groups/b/upgrades", LARGE), idle);
        assertThatThrownBy(second::block).isInstanceOf(Rejected.class).hasMessageContaining("TOO_MANY_REQUESTS");
        filter.filter(of("/api/groups/b/upgrades", 1 << 20), idle).block();
        filter.filter(of("/api/id-lists", LARGE), idle).block();
        assertThat(work.tryEmitEmpty()).isEqualTo(Sinks.EmitResult.OK);
        assertThat(first.isDisposed()).isTrue();
        second.block();
    }

    @Test
    void takes_a_body_of_unknown_length_for_a_large_one_and_frees_the_place_when_its_client_goes_away() {
        var chunked = MockServerWebExchange.from(
                MockServerHttpRequest.post("/api/groups/a/upgrades").header("Transfer-Encoding", "chunked"));
        Disposable first = filter.filter(chunked, busy).subscribe();
        Mono<Void> second = filter.filter(of("/api/groups/b/upgrades", LARGE), idle);
        assertThatThrownBy(second::block).isInstanceOf(Rejected.class);
        first.dispose();
        second.block();
    }

    private static MockServerWebExchange of(String path, long length) {
        return MockServerWebExchange.from(MockServerHttpRequest.post(path).contentLength(length));
    }
}
