package io.tricolor.consul;

import io.tricolor.localhttp.ErrorFormat;
import io.tricolor.localhttp.Handler;
import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A registry and key-value store for one machine that speaks a subset of the Consul HTTP API. It is not Consul. */
public final class LocalConsul implements AutoCloseable {
    /** What it says of itself. */
    static final String BANNER = "single-machine registry, a subset of the Consul API, not Consul";

    private static final System.Logger LOG = System.getLogger(LocalConsul.class.getName());
    private static final int DEFAULT_PORT = 8411;
    private static final int MAX_BODY_BYTES = 48 << 20;
    private static final String HELP = """
            local-consul: %s

            usage: LocalConsul [--port=PORT] [--data-dir=DIR]
              --port=PORT     port on 127.0.0.1, default %d; 0 for any free one
              --data-dir=DIR  where keys and registrations are kept, default ./local-consul-data
              --help          this text
            """.formatted(BANNER, DEFAULT_PORT);
    private static final List<String> NOT_SUPPORTED = List.of(
            "acl",
            "agent",
            "catalog",
            "config",
            "connect",
            "coordinate",
            "discovery-chain",
            "event",
            "exported-services",
            "health",
            "internal",
            "namespace",
            "operator",
            "partition",
            "peering",
            "query",
            "session",
            "snapshot",
            "status");

    private final LocalServer server;
    private final Engine engine;
    private final CheckRunner runner;

    private LocalConsul(LocalServer server, Engine engine, CheckRunner runner) {
        this.server = server;
        this.engine = engine;
        this.runner = runner;
    }

    /**
     * Opens the data directory and serves.
     *
     * @throws IOException when the port or the data directory is in use, or the stored state is damaged
     */
    public static LocalConsul start(Settings settings) throws IOException {
        Engine engine = new Engine(settings.dataDir(), Clock.systemUTC(), settings.compactAtBytes(), failure -> {
            LOG.log(System.Logger.Level.ERROR, "the log cannot be written, nothing is answered any more", failure);
            Runtime.getRuntime().halt(70);
        });
        CheckRunner runner = new CheckRunner(engine, settings.reapInterval());
        boolean started = false;
        try {
            Queries queries = new Queries(engine);
            Metrics metrics = new Metrics(engine, runner);
            LocalServer.Builder builder = LocalServer.builder()
                    .port(settings.port())
                    .maxBodyBytes(MAX_BODY_BYTES)
                    .header("X-Tricolor-Engine", "local-consul")
                    .errors(errors())
                    .observer(metrics.observer());
            new KvApi(engine, queries).addTo(builder);
            new TxnApi(engine).addTo(builder);
            new SessionApi(engine, queries, runner, settings).addTo(builder);
            new CatalogApi(queries).addTo(builder);
            new AgentApi(engine, runner, new Definitions(settings)).addTo(builder);
            new EventApi(engine).addTo(builder);
            metrics.addTo(builder);
            builder.get("/", request -> Response.text(200, "local-consul: " + BANNER + "\n"));
            for (String area : NOT_SUPPORTED) {
                Handler refuse = request -> {
                    throw new HttpFailure(
                            501,
                            request.method() + " " + request.uri().getPath() + " is not supported by local-consul");
                };
                String path = "/v1/" + area + "/{rest**}";
                builder.get(path, refuse).put(path, refuse).post(path, refuse).delete(path, refuse);
            }
            LocalServer server = builder.start();
            started = true;
            return new LocalConsul(server, engine, runner);
        } finally {
            if (!started) {
                runner.close();
                engine.close();
            }
        }
    }

    /** The base address. */
    public URI uri() {
        return server.uri();
    }

    /** Stops serving; what was acknowledged is on disk. */
    @Override
    public void close() throws IOException {
        server.close();
        runner.close();
        engine.close();
    }

    /** Starts on the given options and serves until the process is told to stop. */
    public static void main(String[] args) throws InterruptedException {
        int port = DEFAULT_PORT;
        Path dataDir = Path.of("local-consul-data");
        try {
            for (String arg : args) {
                if (arg.equals("--help")) {
                    System.out.print(HELP);
                    return;
                } else if (arg.startsWith("--port=")) {
                    port = port(arg.substring("--port=".length()));
                } else if (arg.startsWith("--data-dir=")) {
                    dataDir = Path.of(arg.substring("--data-dir=".length()));
                } else {
                    throw new IllegalArgumentException("unknown option: " + arg);
                }
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + HELP);
            System.exit(2);
        }
        try {
            LocalConsul consul = start(Settings.of(port, dataDir));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> closeQuietly(consul), "consul-stop"));
            System.out.println("local-consul: " + BANNER);
            System.out.println("local-consul: serving " + consul.uri() + ", data in " + dataDir.toAbsolutePath());
        } catch (IOException e) {
            System.err.println("local-consul cannot start: " + e.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--port must be a number of 0 to 65535, not: " + text, e);
        }
        throw new IllegalArgumentException("--port must be a number of 0 to 65535, not: " + text);
    }

    private static void closeQuietly(LocalConsul consul) {
        try {
            consul.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "while stopping", e);
        }
    }

    private static ErrorFormat errors() {
        ErrorFormat text = ErrorFormat.plainText();
        return failure -> {
            if (!(failure instanceof HttpFailure)) {
                LOG.log(System.Logger.Level.ERROR, "a request failed", failure);
            }
            return text.format(failure);
        };
    }
}
