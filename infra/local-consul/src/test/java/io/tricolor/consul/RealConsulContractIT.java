package io.tricolor.consul;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A real agent keeps the contract: the one that {@code CONSUL_HTTP_ADDR} names, or one started from a {@code consul} on the path. */
class RealConsulContractIT extends ConsulContract {
    @TempDir
    private static Path dir;

    private static URI address;
    private static Optional<Process> started = Optional.empty();

    @BeforeAll
    static void find() throws Exception {
        String named = System.getenv("CONSUL_HTTP_ADDR");
        Optional<Path> binary = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "consul"))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(named != null || binary.isPresent(), "no real Consul here");
        address = named != null
                ? URI.create(named.contains("://") ? named : "http://" + named)
                : start(binary.orElseThrow());
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> new Api(address).get("/v1/status/leader").body().contains(":"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (started.isPresent()) {
            started.get().destroyForcibly().waitFor();
        }
    }

    @Override
    URI agent() {
        return address;
    }

    private static URI start(Path binary) throws IOException {
        int port = freePort();
        String ports = "ports { http = %d dns = -1 server = %d serf_lan = %d serf_wan = -1 grpc = -1 }"
                .formatted(port, freePort(), freePort());
        started = Optional.of(new ProcessBuilder(
                        binary.toString(), "agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-hcl=" + ports)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("consul.out").toFile())
                .start());
        return URI.create("http://127.0.0.1:" + port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
