package io.tricolor.monitor.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutgoingTest {

    @TempDir
    private Path directory;

    private static Outgoing outgoing(@Nullable Path token) {
        return new Outgoing(new MonitorProperties(
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                1,
                Duration.ofSeconds(5),
                Duration.ofHours(1),
                10,
                Duration.ofSeconds(6),
                Set.of("127.0.0.1"),
                Duration.ofDays(30),
                null,
                token));
    }

    @Test
    void shows_its_token_to_routers_alone_and_to_no_host_that_is_not_allowed() throws Exception {
        List<String> shown = new CopyOnWriteArrayList<>();
        HttpServer router = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        router.createContext("/", exchange -> {
            shown.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        router.start();
        String port = ":" + router.getAddress().getPort();
        Path token = Files.writeString(directory.resolve("token"), "first\n");
        Outgoing outgoing = outgoing(token);
        Outgoing without = outgoing(null);
        try {
            outgoing.getMetricsOfRouter("127.0.0.1" + port);
            Files.writeString(token, "second\n");
            outgoing.getMetricsOfRouter("127.0.0.1" + port);
            outgoing.getReported("127.0.0.1" + port, "/actuator/health");
            without.getMetricsOfRouter("127.0.0.1" + port);
            assertThatThrownBy(() -> outgoing.getMetricsOfRouter("localhost" + port))
                    .isInstanceOf(Outgoing.NotAllowed.class);
        } finally {
            outgoing.destroy();
            without.destroy();
            router.stop(0);
        }
        assertThat(shown)
                .containsExactly(
                        "/metrics Bearer first", "/metrics Bearer second", "/actuator/health null", "/metrics null");
    }
}
