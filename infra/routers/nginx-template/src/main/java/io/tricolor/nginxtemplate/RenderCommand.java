package io.tricolor.nginxtemplate;

import io.tricolor.router.sources.Addresses;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.PemTls;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "render",
        header = "Writes route tables as configuration of an nginx without Lua.",
        description = {
            "Reads tables and healthy instances, writes maps and upstreams, has nginx test them, and puts them in"
                    + " force by one symbolic link, DIR/current. What nginx does not take, or would route differently from"
                    + " other routers, is refused, and what was in force stays.",
            "Exit code 0: all of it is in force. 1: something is not, and was said."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RenderCommand implements Callable<Integer> {

    private static final Pattern LISTEN = Pattern.compile("[A-Za-z0-9.:\\[\\]*/_-]+(?: [a-z0-9_=]+)*");
    private static final Pattern URL = Pattern.compile("https?://[A-Za-z0-9.:\\[\\]_-]+(?:/[A-Za-z0-9._/-]*)?");
    private static final Pattern ROUTER_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Duration UNSETTLED = Duration.ofMillis(250);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Which which;

    static final class Which {
        @Option(names = "--group", paramLabel = "GROUP", description = "a group; may be given several times")
        private List<String> groups = List.of();

        @Option(names = "--all", description = "every group that there is")
        private boolean all;
    }

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "where the configuration is kept")
    private Path out = Path.of(".");

    @Option(
            names = "--tables",
            paramLabel = "SOURCE",
            defaultValue = "strategy",
            description = "strategy, consul, or a file or directory of JSON (default ${DEFAULT-VALUE})")
    private String tables = "";

    @Option(
            names = "--instances",
            paramLabel = "SOURCE",
            defaultValue = "consul",
            description = "consul, or a file of JSON (default ${DEFAULT-VALUE})")
    private String instances = "";

    @Option(
            names = "--strategy",
            paramLabel = "URL",
            split = ",",
            defaultValue = "http://127.0.0.1:8401",
            description = "strategy-service, each of its instances (default ${DEFAULT-VALUE}); when one fails the next"
                    + " one is asked")
    private List<String> strategy = List.of();

    @Option(
            names = "--consul",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8411",
            description = "Consul (default ${DEFAULT-VALUE})")
    private String consul = "";

    @Option(
            names = "--consul-token-file",
            paramLabel = "FILE",
            description = "ACL token for Consul; read for every call")
    private @Nullable Path consulTokenFile;

    @Option(
            names = "--consul-ca",
            paramLabel = "FILE",
            description = "PEM of who vouches for Consul's certificate (default: whom Java trusts)")
    private @Nullable Path consulCa;

    @Option(
            names = "--consul-certificate",
            paramLabel = "FILE",
            description = "PEM that is shown to Consul; with --consul-key")
    private @Nullable Path consulCertificate;

    @Option(names = "--consul-key", paramLabel = "FILE", description = "PEM of its private key")
    private @Nullable Path consulKey;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "bearer token for strategy-service, role router; read for every call")
    private @Nullable Path tokenFile;

    @Option(names = "--watch", description = "go on, and follow every change")
    private boolean watch;

    @Option(
            names = "--interval",
            paramLabel = "MILLISECONDS",
            defaultValue = "1000",
            description = "how often sources are asked with --watch (default ${DEFAULT-VALUE})")
    private long intervalMillis;

    @Option(names = "--reload", description = "have nginx read a new configuration: nginx -s reload")
    private boolean reload;

    @Option(
            names = "--reload-command",
            paramLabel = "WORD",
            arity = "1..*",
            description =
                    "another way to reload, for example: --reload-command systemctl reload nginx. No shell reads it")
    private List<String> reloadCommand = List.of();

    @Option(
            names = "--reload-pause",
            paramLabel = "MILLISECONDS",
            defaultValue = "2000",
            description = "least time between two reloads (default ${DEFAULT-VALUE})")
    private long reloadPauseMillis;

    @Option(
            names = "--nginx",
            paramLabel = "PROGRAM",
            defaultValue = "nginx",
            description = "the program (default ${DEFAULT-VALUE})")
    private String nginx = "";

    @Option(
            names = "--main-config",
            paramLabel = "FILE",
            description =
                    "nginx.conf that includes DIR/current/http.conf and DIR/current/server.conf; tested and reloaded"
                            + " instead of the one that is written")
    private @Nullable Path mainConfiguration;

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1:8400",
            description = "where the written nginx.conf listens (default ${DEFAULT-VALUE})")
    private List<String> listen = List.of();

    @Option(
            names = "--approximate",
            paramLabel = "WHAT",
            split = ",",
            description = "${COMPLETION-CANDIDATES}: allow what nginx can only do in its own way")
    private Set<Approximation> approximate = Set.of();

    @Option(
            names = "--max-ids",
            paramLabel = "N",
            defaultValue = "100000",
            description = "tables with more ids, intervals of lists included, are refused (default ${DEFAULT-VALUE})")
    private int maxIds;

    @Option(
            names = "--report",
            description =
                    "report to strategy-service by which tables the workers route; with --all, --watch and a reload")
    private boolean report;

    @Option(names = "--router-id", paramLabel = "NAME", description = "name in reports (default nginx-template-<host>)")
    private @Nullable String routerId;

    @Override
    public Integer call() throws InterruptedException {
        check();
        PrintWriter err = spec.commandLine().getErr();
        Consumer<String> say = message -> {
            err.println(message);
            err.flush();
        };
        try {
            return render(say);
        } catch (IOException e) {
            say.accept("tricolor: " + Failure.why(e));
            return 1;
        }
    }

    private int render(Consumer<String> say) throws IOException, InterruptedException {
        OutputDirectory output = new OutputDirectory(out);
        try (FileChannel file = FileChannel.open(
                        output.home().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.tryLock();
                HttpClient client = HttpClient.newBuilder()
                        .connectTimeout(Duration.ofSeconds(2))
                        .build();
                HttpClient consulClient = HttpClient.newBuilder()
                        .connectTimeout(Duration.ofSeconds(2))
                        .sslContext(PemTls.context(consulCa, consulCertificate, consulKey))
                        .build()) {
            if (lock == null) {
                throw new IOException("another process works in " + output.home());
            }
            // What is asked for says that no address answers.
            Peer strategyPeer = new Peer(client, new Addresses(strategy, failed -> {}), tokenFile);
            Peer consulPeer = new Peer(consulClient, consul, consulTokenFile);
            String name = routerId == null && report
                    ? "nginx-template-" + InetAddress.getLocalHost().getHostName()
                    : String.valueOf(routerId);
            Renderer renderer = new Renderer(
                    new Renderer.Settings(
                            Set.copyOf(which.groups),
                            Set.copyOf(approximate),
                            maxIds,
                            listen,
                            mainConfiguration,
                            reload || !reloadCommand.isEmpty(),
                            Duration.ofMillis(reloadPauseMillis)),
                    tableSource(strategyPeer, consulPeer, report ? name : null),
                    instances.equals("consul")
                            ? new EndpointSource.Consul(consulPeer)
                            : new EndpointSource.InFile(Path.of(instances)),
                    new IdListStore(output.home().resolve("id-lists"), tables.equals("strategy") ? strategyPeer : null),
                    output,
                    new Nginx(nginx, reloadCommand),
                    say,
                    System::nanoTime);
            Workers workers = new Workers(Path.of("/proc"), output.home().resolve("releases"));
            Reporter reporter =
                    report ? new Reporter(workers, output, renderer, strategyPeer, name, say, System::nanoTime) : null;
            return run(renderer, reporter, workers, output);
        }
    }

    private int run(Renderer renderer, @Nullable Reporter reporter, Workers workers, OutputDirectory output)
            throws InterruptedException, IOException {
        while (true) {
            boolean done = renderer.step(needed(workers));
            if (!watch) {
                return done ? 0 : 1;
            }
            Duration rest = Duration.ofMillis(intervalMillis);
            if (reporter == null) {
                Thread.sleep(rest);
                continue;
            }
            // While workers change a report is old soon.
            long end = System.nanoTime() + rest.toNanos();
            do {
                reporter.report();
                Thread.sleep(settled(workers, output) ? Math.max(1, left(end)) : UNSETTLED.toMillis());
            } while (left(end) > 0);
        }
    }

    private static long left(long end) {
        return (end - System.nanoTime()) / 1_000_000;
    }

    private static boolean settled(Workers workers, OutputDirectory output) throws IOException {
        String current = output.current();
        return needed(workers).stream().allMatch(release -> release.equals(current));
    }

    private static Set<String> needed(Workers workers) {
        try {
            return new TreeSet<>(workers.byRelease().values());
        } catch (IOException e) {
            return Set.of(); // the reporter says so
        }
    }

    private TableSource tableSource(Peer strategyPeer, Peer consulPeer, @Nullable String router) {
        return switch (tables) {
            case "strategy" -> new TableSource.Strategy(strategyPeer, router);
            case "consul" -> new TableSource.ConsulCopies(consulPeer);
            default -> new TableSource.InFiles(Path.of(tables));
        };
    }

    private void check() {
        require(
                !report || (which.all && watch && tables.equals("strategy") && (reload || !reloadCommand.isEmpty())),
                "--report needs --all, --watch, --reload or --reload-command, and tables of strategy-service: a router"
                        + " that reports is waited for in every group");
        require(
                (consulCertificate == null) == (consulKey == null),
                "--consul-certificate and --consul-key go together");
        require(intervalMillis >= 100, "--interval is at least 100");
        require(reloadPauseMillis >= 0, "--reload-pause is at least 0");
        require(maxIds >= 0, "--max-ids is at least 0");
        for (String url : Stream.concat(strategy.stream(), Stream.of(consul)).toList()) {
            require(URL.matcher(url).matches(), "'" + url + "' is no address such as http://127.0.0.1:8401");
        }
        listen.forEach(address -> require(
                LISTEN.matcher(address).matches(), "--listen: '" + address + "' is no address such as 0.0.0.0:80"));
        require(
                routerId == null || ROUTER_ID.matcher(routerId).matches(),
                "--router-id: letters, digits, dots, dashes and underscores");
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
