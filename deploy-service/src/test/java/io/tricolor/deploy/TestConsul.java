package io.tricolor.deploy;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** A local-consul for tests. */
public final class TestConsul implements AutoCloseable {

    private final int port = Ports.free();
    private final ChildProcess process;

    private TestConsul(Path directory) {
        process = ChildProcess.start(ProcessSpec.of("local-consul", directory)
                .command(JvmProcess.command(
                        TricolorHome.find().resolve("infra/local-engines/local-consul"),
                        "io.tricolor.consul.LocalConsul",
                        JvmProcess.SMALL,
                        List.of("--port=" + port, "--data-dir=" + directory.resolve("consul"))))
                .readiness(Readiness.http(url().resolve("/v1/status/leader")))
                .build());
    }

    public static TestConsul start(Path directory) {
        return new TestConsul(directory);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public void close() {
        process.kill();
    }
}
