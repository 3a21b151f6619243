package io.tricolor.engines;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One Elasticsearch core node in a JVM of its own; indices survive {@link #kill} and {@link #restart}. */
public final class ElasticsearchEngine extends ProcessEngine {

    private final int port;

    private ElasticsearchEngine(ChildProcess process, int port) {
        super(process);
        this.port = port;
    }

    /** Starts a node on free ports with its data under {@code dir} and waits until it answers. */
    public static ElasticsearchEngine start(Path dir) {
        int port = Ports.free();
        return new ElasticsearchEngine(
                ChildProcess.start(
                        spec(dir, port, Ports.free(), JvmProcess.SMALL).build()),
                port);
    }

    /** How to start a node, for a caller that supervises it itself. */
    public static ProcessSpec.Builder spec(Path dir, int port, int transportPort, List<String> jvmFlags) {
        var flags = new ArrayList<String>(List.of("-Xms64m", "-Xmx256m", "-XX:MaxDirectMemorySize=64m"));
        flags.addAll(jvmFlags);
        return ProcessSpec.of("elasticsearch", dir)
                .command(JvmProcess.command(
                        TricolorHome.find().resolve("infra/suite/engines/elasticsearch"),
                        "io.tricolor.engines.elasticsearch.ElasticsearchNode",
                        flags,
                        List.of(
                                "--data-dir", dir.toAbsolutePath().toString(),
                                "--port", Integer.toString(port),
                                "--transport-port", Integer.toString(transportPort))))
                .readiness(Readiness.http(URI.create("http://127.0.0.1:" + port + "/_cluster/health")))
                .startTimeout(Duration.ofSeconds(90))
                .stopTimeout(Duration.ofSeconds(15));
    }

    /** Root of the HTTP interface, without a slash at the end. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }
}
