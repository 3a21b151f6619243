package io.tricolor.kit.idempotency;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads the header {@code Idempotency-Key} and takes the hash of the request that it stands for. */
public final class IdempotencyFilter implements WebFilter, Ordered {

    /** Name of the header. */
    public static final String HEADER = "Idempotency-Key";

    private static final String HASH = IdempotencyFilter.class.getName() + ".hash";

    /** After security, which has -100. */
    private static final int ORDER = 100;

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private final int maxBodyBytes;

    IdempotencyFilter(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    /** The client's key, null when it sent none. */
    public static @Nullable String keyOf(ServerWebExchange exchange) {
        return exchange.getRequest().getHeaders().getFirst(HEADER);
    }

    /** Hash of method, path, query and body, null when the client sent no key. */
    public static @Nullable String hashOf(ServerWebExchange exchange) {
        return exchange.getAttribute(HASH);
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String key = keyOf(exchange);
        if (key == null) {
            return chain.filter(exchange);
        }
        if (!KEY.matcher(key).matches()) {
            return Mono.error(new Rejected(Code.INVALID_ARGUMENT, HEADER + " is 1 to 200 visible ASCII characters"));
        }
        ServerHttpRequest request = exchange.getRequest();
        return DataBufferUtils.join(request.getBody(), maxBodyBytes)
                .map(IdempotencyFilter::bytes)
                .defaultIfEmpty(new byte[0])
                .flatMap(body -> {
                    exchange.getAttributes().put(HASH, hash(request, body));
                    return chain.filter(exchange.mutate()
                            .request(new Replayed(request, exchange, body))
                            .build());
                });
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private static String hash(ServerHttpRequest request, byte[] body) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update((request.getMethod() + " " + request.getURI().getRawPath() + "?"
                            + request.getURI().getRawQuery() + "\n")
                    .getBytes(UTF_8));
            return HexFormat.of().formatHex(sha256.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The request with its body to be read once more. */
    private static final class Replayed extends ServerHttpRequestDecorator {

        private final ServerWebExchange exchange;
        private final byte[] body;

        Replayed(ServerHttpRequest request, ServerWebExchange exchange, byte[] body) {
            super(request);
            this.exchange = exchange;
            this.body = body;
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return body.length == 0
                    ? Flux.empty()
                    : Flux.defer(() ->
                            Flux.just(exchange.getResponse().bufferFactory().wrap(body)));
        }
    }
}
