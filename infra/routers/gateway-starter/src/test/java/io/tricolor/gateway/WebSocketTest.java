package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class WebSocketTest {

    @TempDir
    private Path directory;

    @Test
    void passes_messages_both_ways_and_counts_the_session_as_in_flight() throws Exception {
        DisposableServer echo = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.ws(
                        "/echo",
                        (in, out) -> out.sendString(in.receive().asString().map(text -> "echo " + text))))
                .bindNow();
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        try (FakeStrategy strategy = new FakeStrategy();
                FakeConsul consul = new FakeConsul();
                HttpClient client = HttpClient.newHttpClient()) {
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a", echo.port()));
            strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
            try (GatewayProcess gateway = new GatewayProcess(strategy.url(), consul.url(), directory)) {
                Await.until("table", () -> gateway.state().snapshot().tables().containsKey("shop"));
                WebSocket socket = client.newWebSocketBuilder()
                        .buildAsync(
                                URI.create(gateway.url().replace("http:", "ws:") + "/echo"), new WebSocket.Listener() {
                                    @Override
                                    public CompletionStage<?> onText(
                                            WebSocket webSocket, CharSequence data, boolean last) {
                                        received.add(data.toString());
                                        webSocket.request(1);
                                        return null;
                                    }
                                })
                        .join();
                socket.sendText("one", true).join();
                assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("echo one");
                assertThat(gateway.state().inFlight("shop")).isEqualTo(Map.of("A", 1));
                socket.sendText("two", true).join();
                assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("echo two");
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
                Await.until(
                        "session is over",
                        () -> gateway.state().inFlight("shop").isEmpty());
            }
        } finally {
            echo.disposeNow();
        }
    }
}
