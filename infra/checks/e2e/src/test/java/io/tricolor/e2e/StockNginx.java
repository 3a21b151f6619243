package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.Ports;
import io.tricolor.nginx.Installation;
import io.tricolor.standalone.suite.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * An nginx without Lua beside a suite, and {@code ./tricolor router render} that keeps its configuration and reports
 * for it.
 */
final class StockNginx implements AutoCloseable {

    static final String ROUTER_ID = "edge-1";

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final RunningSuite suite;
    private final Path directory;
    private final int port = Ports.free();
    private final List<Process> processes = new ArrayList<>();

    StockNginx(RunningSuite suite, Path directory) {
        this.suite = suite;
        this.directory = directory;
    }

    /** Starts both as the documentation says: nginx once there is a first configuration. */
    void start() throws IOException {
        String nginx = Installation.find().binary().toString();
        Path token = Files.writeString(
                directory.resolve("token"),
                suite.key().token(ROUTER_ID, List.of("router"), Instant.now(), Duration.ofHours(1)));
        Path out = directory.resolve("router");
        begin(
                "renderer",
                suite.suite().home().resolve("tricolor").toString(),
                "router",
                "render",
                "--all",
                "--out",
                out.toString(),
                "--strategy",
                suite.url(Port.STRATEGY).toString(),
                "--consul",
                suite.url(Port.CONSUL).toString(),
                "--token-file",
                token.toString(),
                "--nginx",
                nginx,
                "--listen",
                "127.0.0.1:" + port,
                "--watch",
                "--interval",
                "300",
                "--reload",
                "--reload-pause",
                "500",
                "--report",
                "--router-id",
                ROUTER_ID);
        Path configuration = out.resolve("current/nginx.conf");
        Awaitility.await("a first configuration").atMost(PATIENCE).until(() -> {
            assertThat(processes.getFirst().isAlive()).as(said()).isTrue();
            return Files.exists(configuration);
        });
        begin("nginx", nginx, "-e", "stderr", "-c", configuration.toString(), "-g", "daemon off;");
    }

    private void begin(String name, String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile())
                .start());
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** What the renderer has said. */
    String said() {
        try {
            return Files.readString(directory.resolve("renderer.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends both, nginx last; the renderer never signs its router off, so that is done for it. */
    @Override
    public void close() throws Exception {
        for (Process process : processes) {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        }
        suite.send(Port.STRATEGY, "DELETE", "/api/routers/" + ROUTER_ID, null, ROUTER_ID, "router");
    }
}
