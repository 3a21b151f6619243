package io.tricolor.nginxtemplate;

import io.tricolor.router.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real nginx (Debian: nginx-light) on a free port, by the configuration in an output directory. */
final class RunningNginx implements AutoCloseable {

    static final String PROGRAM = Files.isExecutable(Path.of("/usr/sbin/nginx")) ? "/usr/sbin/nginx" : "nginx";

    final int port;
    private final Process process;

    /** Starts it and waits until it answers. */
    RunningNginx(Path configuration, int port) throws IOException {
        this.port = port;
        process = new ProcessBuilder(PROGRAM, "-e", "stderr", "-c", configuration.toString(), "-g", "daemon off;")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Await.until("nginx on port " + port, () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("nginx ended with " + process.exitValue());
            }
            try {
                return RawHttp.get(port, "/", List.of()).status() > 0;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** Writes a release, puts it in force and starts nginx. */
    static RunningNginx of(OutputDirectory output, Release release, int port) throws IOException, InterruptedException {
        output.write(release, listen(port));
        Nginx.Outcome outcome = new Nginx(PROGRAM, List.of()).test(output.mainConfiguration(release.name()));
        if (!outcome.ok()) {
            throw new IllegalStateException(outcome.output());
        }
        output.use(release.name());
        return new RunningNginx(output.currentMainConfiguration(), port);
    }

    static List<String> listen(int port) {
        return List.of("127.0.0.1:" + port);
    }

    static String version() throws IOException {
        Process asked =
                new ProcessBuilder(PROGRAM, "-v").redirectErrorStream(true).start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }
}
