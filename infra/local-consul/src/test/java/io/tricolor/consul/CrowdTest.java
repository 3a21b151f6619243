package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More clients than the heap has room for. */
@Timeout(120)
class CrowdTest {
    private static final int CROWD = 2_500;

    @TempDir
    private Path dir;

    @Test
    void too_many_watchers_are_turned_away_and_the_others_are_served() throws Exception {
        int port = Ports.free();
        URI uri = URI.create("http://127.0.0.1:" + port);
        List<String> command = List.of(
                JvmProcess.java().toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                LocalConsul.class.getName(),
                "--port=" + port,
                "--data-dir=" + dir.resolve("data"));
        List<Socket> sockets = new ArrayList<>();
        try (ChildProcess consul = ChildProcess.start(ProcessSpec.of("local-consul", dir)
                .command(command)
                .readiness(Readiness.http(uri.resolve("/v1/status/leader")))
                .build())) {
            Api api = new Api(uri);
            api.put("/v1/kv/watched", "1");
            byte[] question = ("GET /v1/kv/watched?wait=9m&index="
                            + api.get("/v1/kv/watched").index() + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < CROWD; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.add(socket);
                ask(socket, question);
            }
            assertThat(api.put("/v1/kv/watched", "2").status()).isEqualTo(200);
            int told = 0;
            for (Socket socket : sockets) {
                socket.setSoTimeout(30_000);
                if (hasAnswer(socket)) {
                    told++;
                }
            }
            assertThat(told).isBetween(256, CROWD - 1);
            for (Socket socket : sockets) {
                socket.close();
            }
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> new Api(uri).get("/v1/kv/watched?raw").body().equals("2"));
            assertThat(consul.isAlive()).isTrue();
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** One that was turned away may notice now, or when it reads. */
    private static void ask(Socket socket, byte[] question) {
        try {
            socket.getOutputStream().write(question);
        } catch (IOException e) {
            assertThat(e).isInstanceOf(SocketException.class);
        }
    }

    private static boolean hasAnswer(Socket socket) {
        try {
            return socket.getInputStream().read() == 'H';
        } catch (IOException e) {
            return false;
        }
    }
}
