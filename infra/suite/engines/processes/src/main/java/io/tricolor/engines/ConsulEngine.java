package io.tricolor.engines;

import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real Consul agent, one server in memory: after {@link #kill} and {@link #restart} it has forgotten everything. For
 * tests that hold what talks to Consul to the real one; the suite itself runs on local-consul.
 */
public final class ConsulEngine extends ProcessEngine {

    /** For tests that are skipped where {@link #isAvailable} is false. */
    public static final String MISSING =
            "no Consul agent on this machine (./tricolor test fetches one where Debian's archive can be reached)";

    private final URI uri;

    private ConsulEngine(ChildProcess process, URI uri) {
        super(process);
        this.uri = uri;
    }

    /** Whether there is an agent to start: on the path, or where {@code ./tricolor test} puts one. */
    public static boolean isAvailable() {
        return program().isPresent();
    }

    /**
     * Starts an agent on free ports and waits until it leads.
     *
     * @param more words for its command line
     */
    public static ConsulEngine start(Path dir, String... more) {
        return startForHolder("", dir, more);
    }

    /**
     * Starts an agent that has access rules, on free ports, and waits until it leads.
     *
     * @param token that may see its nodes
     * @param more words for its command line
     */
    public static ConsulEngine startForHolder(String token, Path dir, String... more) {
        Path program = program().orElseThrow(() -> new EngineFailed(MISSING));
        int port = Ports.free();
        URI uri = URI.create("http://127.0.0.1:" + port);
        return new ConsulEngine(
                ChildProcess.start(ProcessSpec.of("consul", dir)
                        .command(
                                program.toString(),
                                "agent",
                                "-dev",
                                "-node=tricolor",
                                "-bind=127.0.0.1",
                                "-client=127.0.0.1",
                                "-log-level=warn",
                                "-http-port=" + port,
                                "-server-port=" + Ports.free(),
                                "-serf-lan-port=" + Ports.free(),
                                "-serf-wan-port=-1",
                                "-dns-port=-1",
                                "-grpc-port=-1",
                                "-hcl=disable_update_check = true")
                        .command(more)
                        .readiness(leads(uri, token))
                        .build()),
                uri);
    }

    /** Base address of the HTTP API. */
    public URI uri() {
        return uri;
    }

    @Override
    public void close() {
        // There is nothing to keep, and an agent takes its time to leave.
        kill();
    }

    private static Optional<Path> program() {
        Stream<Path> onPath = Stream.of(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .filter(folder -> !folder.isBlank())
                .map(folder -> Path.of(folder, "consul"));
        return Stream.concat(onPath, Stream.of(UserCache.directory().resolve("consul/usr/bin/consul")))
                .filter(Files::isRegularFile)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The node's own check is there as soon as a leader has taken the node in. */
    private static Readiness leads(URI uri, String token) {
        HttpRequest request = HttpRequest.newBuilder(uri.resolve("/v1/health/state/passing"))
                .timeout(Duration.ofSeconds(2))
                .header("X-Consul-Token", token)
                .build();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return () -> client.send(request, BodyHandlers.ofString()).body().contains("serfHealth");
    }
}
