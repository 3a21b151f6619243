package io.tricolor.nginx;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.EngineFailed;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the router on nginx: looks for the program, writes its configuration, has it checked, starts it as a child and
 * stops it gracefully. It ends with this process, however that happens; and this process ends when nginx does.
 */
public final class NginxRouter implements AutoCloseable {

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final ChildProcess child;
    private volatile boolean stopping;

    private NginxRouter(ChildProcess child) {
        this.child = child;
    }

    /** Options are those of {@code --help}. */
    @SuppressWarnings("SystemOut") // standard output and error are for the person, or the launcher, who started this
    public static void main(String[] args) throws InterruptedException {
        List<String> arguments = Arrays.asList(args);
        if (arguments.contains("--help")) {
            System.out.print(Settings.HELP);
            return;
        }
        NginxRouter router;
        try {
            router = launch(arguments, Path.of("/dev/stdout"));
            // Before it is ready: it may be told to stop at any time.
            Runtime.getRuntime().addShutdownHook(new Thread(router::close, "stop-nginx"));
            router.child.awaitReady();
        } catch (RouterFailed | EngineFailed e) {
            System.err.println("tricolor router: " + e.getMessage());
            System.exit(1);
            return;
        }
        while (!router.child.awaitExit(LOOK)) {
            // nginx runs
        }
        if (!router.stopping) {
            System.err.println("tricolor router: nginx has ended");
            System.exit(1);
        }
    }

    /**
     * Starts it and returns when it serves.
     *
     * @param options as on the command line
     * @param log takes what nginx says
     */
    static NginxRouter start(List<String> options, Path log) {
        NginxRouter router = launch(options, log);
        try {
            router.child.awaitReady();
            return router;
        } catch (EngineFailed e) {
            router.close();
            throw e;
        }
    }

    private static NginxRouter launch(List<String> options, Path log) {
        Settings settings = Settings.parse(options);
        Installation installation =
                Installation.find(settings.file("tricolor.nginx.binary"), settings.file("tricolor.nginx.modules"));
        Configuration configuration = new Configuration(settings, installation);
        configuration.write();
        String program = installation.binary().toString();
        List<String> command = List.of(
                program,
                "-p",
                settings.stateDirectory().toString(),
                "-c",
                configuration.file().toString(),
                "-e",
                "stderr");
        Installation.Output check = Installation.Output.of(
                Stream.concat(command.stream(), Stream.of("-t", "-q")).toList());
        if (check.exitCode() != 0) {
            throw new RouterFailed("nginx refuses " + configuration.file() + ":\n" + check.text());
        }
        long shutdown = settings.wholeSeconds("tricolor.nginx.shutdown-timeout", "30s");
        ProcessSpec spec = ProcessSpec.of("nginx", settings.stateDirectory())
                .command(command)
                .log(log)
                .readiness(Readiness.http(URI.create("http://" + settings.managementAddress() + ":"
                        + settings.managementPort() + "/actuator/health/readiness")))
                .stopSignal("QUIT")
                .stopTimeout(Duration.ofSeconds(shutdown + 5))
                .build();
        return new NginxRouter(ChildProcess.launch(spec));
    }

    /** Process id of nginx's master. */
    long pid() {
        return child.pid();
    }

    /** No new connections; requests end; then nginx does. */
    @Override
    public void close() {
        stopping = true;
        child.close();
    }
}
