package io.tricolor.gateway;

import io.tricolor.gateway.RoutingState.Pinned;
import java.util.List;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Keeps a request in flight until its web socket is closed: the exchange ends with the handshake, which comes before
 * the handler.
 */
final class CountedWebSockets implements WebSocketService {

    private final WebSocketService delegate;

    CountedWebSockets(WebSocketService delegate) {
        this.delegate = delegate;
    }

    @Override
    public Mono<Void> handleRequest(ServerWebExchange exchange, WebSocketHandler handler) {
        Pinned pinned = exchange.getAttribute(RoutingFilter.PINNED);
        if (pinned == null) {
            return delegate.handleRequest(exchange, handler);
        }
        return delegate.handleRequest(exchange, new WebSocketHandler() {
            @Override
            public List<String> getSubProtocols() {
                return handler.getSubProtocols();
            }

            @Override
            public Mono<Void> handle(WebSocketSession session) {
                pinned.hold();
                return handler.handle(session).doFinally(signal -> pinned.close());
            }
        });
    }
}
