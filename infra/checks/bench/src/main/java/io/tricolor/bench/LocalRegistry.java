package io.tricolor.bench;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** A local-consul in a process of its own. */
final class LocalRegistry implements AutoCloseable {

    private final ChildProcess process;
    private final URI uri;

    private LocalRegistry(ChildProcess process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    static LocalRegistry start(Path dir) {
        int port = Ports.free();
        URI uri = URI.create("http://127.0.0.1:" + port);
        // Ten times the heap of a suite: its server keeps some 28 KiB for each connection, and these are many.
        List<String> flags = List.of("-Xms16m", "-Xmx640m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError");
        return new LocalRegistry(
                ChildProcess.start(ProcessSpec.of("local-consul", dir)
                        .command(JvmProcess.command(
                                TricolorHome.find().resolve("infra/local-engines/local-consul"),
                                "io.tricolor.consul.LocalConsul",
                                flags,
                                List.of(
                                        "--port=" + port,
                                        "--data-dir=" + dir.resolve("data").toAbsolutePath())))
                        .readiness(Readiness.http(uri.resolve("/v1/status/leader")))
                        .build()),
                uri);
    }

    URI uri() {
        return uri;
    }

    Proc proc() {
        return Proc.of(process.pid());
    }

    void register(String group, String service, String cluster, URI instance) throws IOException, InterruptedException {
        new Http(uri).put("/v1/agent/service/register", """
                {"ID":"%2$s-%3$s-%4$s","Name":"%2$s-%3$s","Address":"127.0.0.1","Port":%1$d,
                 "Meta":{"tricolor-group":"%2$s","tricolor-service":"%3$s","tricolor-cluster":"%4$s"}}
                """.formatted(instance.getPort(), group, service, cluster));
    }

    @Override
    public void close() {
        process.kill();
    }
}
