package io.tricolor.standalone.suite;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.ElasticsearchEngine;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.PostgresEngine;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.nginx.Installation;
import io.tricolor.nginx.RouterFailed;
import io.tricolor.standalone.security.AuditKey;
import io.tricolor.standalone.security.ConfigKeys;
import io.tricolor.standalone.security.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What a suite consists of: engines, the two local engines, the services and the router. */
final class Parts {

    private static final String MARATHON_CLASS = "io.tricolor.marathon.LocalMarathon";

    /** By service; log-gateway keeps nothing of its own. */
    private static final Map<String, String> DATABASES = Map.of(
            "strategy", "strategy",
            "deploy", "deploy",
            "config", "config",
            "monitor", "monitor");

    /** Long: to kill a process that is slow because the machine is busy makes the machine busier. */
    private static final Duration LONGEST_START = Duration.ofMinutes(4);

    /**
     * Long: a JVM that is killed while it writes its start-up archive has none at the next start, which then takes
     * twice as long.
     */
    private static final Duration LONGEST_STOP = Duration.ofMinutes(2);

    private static final Duration INSTANCE_STOP = Duration.ofSeconds(45);

    /** For small machines. */
    private static final List<String> FLAGS = Stream.concat(
                    JvmProcess.SMALL.stream(), Stream.of("-Xss512k", "-XX:ReservedCodeCacheSize=48m"))
            .toList();

    private final Suite suite;
    private final Staging staging;
    private final StartUpCache cache;

    Parts(Suite suite) {
        this.suite = suite;
        this.staging = new Staging(suite.home(), suite.dataDir().resolve("lib"));
        this.cache = new StartUpCache(suite.dataDir().resolve("cache"));
    }

    /**
     * The processes to run, each after those that it needs: all of them, or those that the variable
     * {@code TRICOLOR_PARTS} names (separated by commas) and what these need, for working on a service that is started
     * by hand.
     */
    List<Part> all() {
        String chosen = System.getenv("TRICOLOR_PARTS");
        return chosen == null || chosen.isBlank() ? every() : choose(every(), List.of(chosen.split(",", -1)));
    }

    static List<Part> choose(List<Part> every, List<String> names) {
        var wanted = new HashSet<String>(names);
        for (Part part : every.reversed()) {
            if (wanted.contains(part.name())) {
                wanted.addAll(part.needs());
            }
        }
        List<Part> chosen =
                every.stream().filter(part -> wanted.contains(part.name())).toList();
        if (chosen.size() != wanted.size()) {
            throw new SuiteFailed("TRICOLOR_PARTS names a process that there is not; there are "
                    + every.stream().map(Part::name).toList());
        }
        return chosen;
    }

    private List<Part> every() {
        Path postgresql = suite.dataDir().resolve("postgresql");
        var parts = new ArrayList<Part>();
        parts.add(Part.of(
                        "postgresql",
                        Set.of(),
                        List.of(suite.port(Port.POSTGRESQL)),
                        null,
                        () -> complete(PostgresEngine.spec(postgresql, suite.port(Port.POSTGRESQL)), "postgresql"))
                .beforeStart(() -> PostgresEngine.prepare(postgresql))
                .afterReady(() -> PostgresEngine.ensureDatabases(
                        postgresql,
                        suite.port(Port.POSTGRESQL),
                        DATABASES.values().stream().sorted().toList())));
        parts.add(Part.of(
                "kafka",
                Set.of(),
                List.of(suite.port(Port.KAFKA), suite.port(Port.KAFKA_CONTROLLER)),
                null,
                () -> completeJvm(
                        KafkaEngine.spec(
                                suite.dataDir().resolve("kafka"),
                                suite.port(Port.KAFKA),
                                suite.port(Port.KAFKA_CONTROLLER),
                                FLAGS),
                        "kafka")));
        parts.add(Part.of(
                "elasticsearch",
                Set.of(),
                List.of(suite.port(Port.ELASTICSEARCH), suite.port(Port.ELASTICSEARCH_TRANSPORT)),
                suite.url(Port.ELASTICSEARCH).toString(),
                () -> completeJvm(elasticsearch(), "elasticsearch")));
        parts.add(local("local-consul", "io.tricolor.consul.LocalConsul", Port.CONSUL, "/v1/status/leader", List.of()));
        parts.add(local(
                        "local-marathon",
                        MARATHON_CLASS,
                        Port.MARATHON,
                        "/ping",
                        List.of("--task-ports=" + suite.port(Port.FIRST_INSTANCE) + "-"
                                + suite.port(Port.LAST_INSTANCE)))
                .beforeStop(this::stopInstances));
        Set<String> stores = Set.of("postgresql", "kafka", "local-consul");
        parts.add(service(
                "strategy", "strategy-service", "io.tricolor.strategy.StrategyService", Port.STRATEGY, 144, stores));
        parts.add(service(
                "deploy",
                "deploy-service",
                "io.tricolor.deploy.DeployService",
                Port.DEPLOY,
                112,
                Set.of("postgresql", "kafka", "local-consul", "local-marathon")));
        parts.add(service("config", "config-service", "io.tricolor.config.ConfigService", Port.CONFIG, 96, stores));
        parts.add(
                service("monitor", "monitor-service", "io.tricolor.monitor.MonitorService", Port.MONITOR, 96, stores));
        parts.add(service(
                "log-gateway",
                "log-gateway",
                "io.tricolor.loggateway.LogGateway",
                Port.LOG_GATEWAY,
                96,
                Set.of("kafka", "local-consul", "elasticsearch")));
        parts.add(console());
        parts.add(
                switch (Router.of(suite)) {
                    case GATEWAY -> gateway();
                    case NGINX -> nginx();
                });
        return List.copyOf(parts);
    }

    /** The processes that may have been left behind: those of {@link #all}, and the router of an earlier choice. */
    List<Part> leftovers() {
        var parts = new ArrayList<Part>(all());
        parts.add(Router.of(suite) == Router.GATEWAY ? nginx() : gateway());
        return List.copyOf(parts);
    }

    private Part local(String name, String mainClass, Port port, String health, List<String> arguments) {
        return Part.of(
                name, Set.of(), List.of(suite.port(port)), suite.url(port).toString(), () -> {
                    var words = new ArrayList<String>();
                    words.add("--port=" + suite.port(port));
                    words.add("--data-dir=" + suite.dataDir().resolve(name));
                    words.addAll(arguments);
                    return completeJvm(
                            jvm(name, "infra/local-engines/" + name, mainClass, 64, words)
                                    .readiness(Readiness.http(suite.url(port).resolve(health))),
                            name);
                });
    }

    /**
     * Ends the instances of all applications, whether local-marathon runs or not: it leaves them behind when it ends.
     */
    private void stopInstances() {
        Path directory = suite.dataDir().resolve("local-marathon");
        if (!Files.isDirectory(directory)) {
            return;
        }
        ProcessSpec spec = jvm(
                        "local-marathon",
                        "infra/local-engines/local-marathon",
                        MARATHON_CLASS,
                        64,
                        List.of("--stop-all", "--data-dir=" + directory))
                .log(suite.log("local-marathon"))
                .build();
        ChildProcess stopAll = ChildProcess.launch(spec.withCommand(staging.stage(spec.command())));
        try {
            if (!stopAll.awaitExit(INSTANCE_STOP)) {
                stopAll.kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopAll.kill();
        }
    }

    private Part service(String name, String module, String mainClass, Port port, int heapMiB, Set<String> needs) {
        return Part.of(name, needs, List.of(suite.port(port)), suite.url(port).toString(), () -> {
            String database = DATABASES.get(name);
            var words = new ArrayList<String>(common(name, port, List.of("service")));
            if (database != null) {
                words.add("--spring.datasource.url=jdbc:postgresql://127.0.0.1:" + suite.port(Port.POSTGRESQL) + "/"
                        + database);
                words.add("--spring.datasource.username=" + PostgresEngine.USER);
                words.add("--spring.datasource.password=" + PostgresEngine.USER);
            }
            if (name.equals("strategy")) {
                words.addAll(audit());
                // People and programs outside of the suite know the door alone.
                words.add("--tricolor.strategy.public-base=" + suite.url(Port.CONSOLE));
            }
            if (name.equals("config")) {
                words.add("--tricolor.config.encryption.keys-file=" + configKeys());
            }
            if (name.equals("deploy")) {
                words.add("--tricolor.artifacts.url=" + suite.url(Port.DEPLOY));
                words.add("--tricolor.artifacts.directory=" + suite.dataDir().resolve("artifacts"));
            }
            words.add("--tricolor.marathon.url=" + suite.url(Port.MARATHON));
            words.add("--tricolor.elasticsearch.url=" + suite.url(Port.ELASTICSEARCH));
            return completeJvm(
                    jvm(name, module, mainClass, heapMiB, words)
                            .readiness(Readiness.http(suite.url(port).resolve("/actuator/health/readiness"))),
                    name);
        });
    }

    private List<String> audit() {
        try {
            return List.of(
                    "--tricolor.audit.key-file=" + AuditKey.in(suite.security()),
                    "--tricolor.audit.roots-file=" + suite.auditRoots());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Needs nothing to start: what is away it says. */
    private Part console() {
        String name = "console";
        return Part.of(
                name,
                Set.of("local-consul"),
                List.of(suite.port(Port.CONSOLE)),
                suite.url(Port.CONSOLE).toString(),
                () -> {
                    // No Kafka: it has nothing to say there.
                    var words = new ArrayList<String>(common(name, Port.CONSOLE, List.of("service")).stream()
                            .filter(word -> !word.startsWith("--spring.kafka."))
                            .toList());
                    Map.of(
                                    "strategy-service", Port.STRATEGY,
                                    "deploy-service", Port.DEPLOY,
                                    "config-service", Port.CONFIG,
                                    "monitor-service", Port.MONITOR,
                                    "log-gateway", Port.LOG_GATEWAY)
                            .forEach((service, port) ->
                                    words.add("--tricolor.console.services." + service + "=" + suite.url(port)));
                    return completeJvm(
                            jvm(name, "infra/console/door", "io.tricolor.console.Console", 80, words)
                                    .readiness(Readiness.http(
                                            suite.url(Port.CONSOLE).resolve("/actuator/health/readiness"))),
                            name);
                });
    }

    private Part gateway() {
        String name = "gateway";
        return Part.of(
                name,
                Set.of("strategy", "local-consul"),
                List.of(suite.port(Port.GATEWAY), suite.port(Port.GATEWAY_MANAGEMENT)),
                suite.url(Port.GATEWAY).toString(),
                () -> {
                    var words = new ArrayList<String>(common(name, Port.GATEWAY, List.of("router")));
                    words.add("--management.server.port=" + suite.port(Port.GATEWAY_MANAGEMENT));
                    words.add("--management.server.address=127.0.0.1");
                    // What its token is for.
                    words.add("--tricolor.gateway.router-id=" + name);
                    words.add("--tricolor.gateway.state-dir=" + suite.dataDir().resolve(name));
                    return completeJvm(
                            jvm(name, "infra/routers/gateway", "io.tricolor.gateway.Gateway", 128, words)
                                    .readiness(Readiness.http(
                                            suite.url(Port.GATEWAY_MANAGEMENT).resolve("/actuator/health/readiness"))),
                            name);
                });
    }

    private Part nginx() {
        String name = "nginx";
        return Part.of(
                name,
                Set.of("strategy", "local-consul"),
                List.of(suite.port(Port.GATEWAY), suite.port(Port.GATEWAY_MANAGEMENT)),
                suite.url(Port.GATEWAY).toString(),
                () -> {
                    requireNginx();
                    Path publicKey;
                    Path token;
                    try {
                        SigningKey key = SigningKey.in(suite.security());
                        publicKey = key.publicKey();
                        token = key.serviceToken(name, List.of("router"), Instant.now());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    List<String> words = List.of(
                            "--server.address=127.0.0.1",
                            "--server.port=" + suite.port(Port.GATEWAY),
                            "--management.server.address=127.0.0.1",
                            "--management.server.port=" + suite.port(Port.GATEWAY_MANAGEMENT),
                            "--tricolor.strategy.url=" + suite.url(Port.STRATEGY),
                            "--tricolor.consul.url=" + suite.url(Port.CONSUL),
                            "--tricolor.security.token-file=" + token,
                            "--tricolor.nginx.jwt.public-key=" + publicKey,
                            // What its token is for.
                            "--tricolor.nginx.router-id=" + name,
                            "--tricolor.nginx.state-dir=" + suite.dataDir().resolve(name),
                            "--tricolor.nginx.workers=2",
                            "--tricolor.nginx.connections=4096",
                            "--tricolor.nginx.shutdown-timeout=12s");
                    return complete(
                            jvm(name, "infra/routers/nginx", "io.tricolor.nginx.NginxRouter", 32, words)
                                    .readiness(Readiness.http(
                                            suite.url(Port.GATEWAY_MANAGEMENT).resolve("/actuator/health/readiness"))),
                            name);
                });
    }

    private static void requireNginx() {
        try {
            Installation _ = Installation.find();
        } catch (RouterFailed e) {
            throw new SuiteFailed(e.getMessage() + "\n--router=gateway needs nothing else.", e);
        }
    }

    private Path configKeys() {
        try {
            return ConfigKeys.in(suite.security());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> common(String name, Port port, List<String> roles) {
        Path publicKey;
        Path token;
        try {
            SigningKey key = SigningKey.in(suite.security());
            publicKey = key.publicKey();
            token = key.serviceToken(name, roles, Instant.now());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of(
                "--server.port=" + suite.port(port),
                "--server.address=127.0.0.1",
                "--spring.kafka.bootstrap-servers=127.0.0.1:" + suite.port(Port.KAFKA),
                "--spring.cloud.consul.host=127.0.0.1",
                "--spring.cloud.consul.port=" + suite.port(Port.CONSUL),
                "--spring.cloud.consul.discovery.ip-address=127.0.0.1",
                "--tricolor.security.public-key=" + publicKey,
                "--tricolor.security.token-file=" + token,
                "--tricolor.consul.url=" + suite.url(Port.CONSUL),
                "--tricolor.strategy.url=" + suite.url(Port.STRATEGY),
                "--tricolor.log-gateway.url=" + suite.url(Port.LOG_GATEWAY));
    }

    private ProcessSpec.Builder jvm(String name, String module, String mainClass, int heapMiB, List<String> arguments) {
        var jvmFlags = new ArrayList<String>(List.of("-Xms16m", "-Xmx" + heapMiB + "m"));
        jvmFlags.addAll(FLAGS);
        return ProcessSpec.of(name, suite.dataDir().resolve(name))
                .command(JvmProcess.command(suite.home().resolve(module), mainClass, jvmFlags, arguments));
    }

    private ProcessSpec.Builder elasticsearch() {
        return ElasticsearchEngine.spec(
                suite.dataDir().resolve("elasticsearch"),
                suite.port(Port.ELASTICSEARCH),
                suite.port(Port.ELASTICSEARCH_TRANSPORT),
                FLAGS);
    }

    private ProcessSpec completeJvm(ProcessSpec.Builder builder, String name) {
        ProcessSpec spec = complete(builder.stopTimeout(LONGEST_STOP), name);
        var command = new ArrayList<>(spec.command());
        command.addAll(1, cache.flags(name));
        if (name.equals("elasticsearch")) {
            command.add("--transport-module");
            command.add(suite.home()
                    .resolve("infra/suite/engines/elasticsearch/target/transport-netty4.txt")
                    .toString());
        }
        return spec.withCommand(command);
    }

    private ProcessSpec complete(ProcessSpec.Builder builder, String name) {
        ProcessSpec spec = builder.log(suite.log(name))
                .pidFile(suite.pidFile(name))
                .environment("MALLOC_ARENA_MAX", "2")
                .startTimeout(LONGEST_START)
                .outlivesParent(true)
                .build();
        return spec.withCommand(staging.stage(spec.command()));
    }
}
