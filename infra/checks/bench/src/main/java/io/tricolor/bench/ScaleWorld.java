package io.tricolor.bench;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.Ports;
import io.tricolor.engines.PostgresEngine;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import io.tricolor.standalone.security.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A strategy-service with its engines, in processes of their own, and many groups. */
final class ScaleWorld implements AutoCloseable {

    private static final Duration TOKEN_LIFE = Duration.ofHours(2);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Path dir;
    private final int heapMiB;
    private final SigningKey key;
    private final PostgresEngine postgres;
    private final List<AutoCloseable> engines = new ArrayList<>();
    private final String kafka;
    private final URI consul;
    private final URI uri = URI.create("http://127.0.0.1:" + Ports.free());
    private final SeededGroups groups;
    private ChildProcess service;

    private ScaleWorld(Path dir, int heapMiB) throws IOException {
        this.dir = dir;
        this.heapMiB = heapMiB;
        this.key = SigningKey.in(dir.resolve("keys"));
        try {
            postgres = PostgresEngine.start(dir.resolve("postgresql"), SeededGroups.DATABASE);
            engines.add(postgres);
            KafkaEngine broker = KafkaEngine.start(dir.resolve("kafka"));
            engines.add(broker);
            kafka = broker.bootstrapServers();
            LocalRegistry registry = LocalRegistry.start(dir.resolve("consul"));
            engines.add(registry);
            consul = registry.uri();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        groups = new SeededGroups(postgres);
        service = launch();
    }

    /** Takes groups in before the service is started for good. */
    @FunctionalInterface
    interface Seed {
        void into(SeededGroups groups) throws SQLException;
    }

    /** Starts everything and waits until the service has taken in all the groups and has come to rest. */
    static ScaleWorld start(Path dir, int heapMiB, Seed seed, Consumer<String> progress)
            throws IOException, InterruptedException, SQLException {
        ScaleWorld world = new ScaleWorld(dir, heapMiB);
        try {
            world.groups.makeTemplate(world.operator());
            world.service.stop();
            seed.into(world.groups);
            long begun = System.nanoTime();
            world.service = world.launch();
            progress.accept("started in %.1f s with %d groups, %d events"
                    .formatted(
                            (System.nanoTime() - begun) / 1e9,
                            world.groups.number("select count(distinct aggregate_id) from domain_event"),
                            world.groups.number("select count(*) from domain_event")));
            world.awaitReadModels();
            world.proc().awaitIdle(PATIENCE);
            progress.accept("read models and relay are up to date %.1f s after the start"
                    .formatted((System.nanoTime() - begun) / 1e9));
            return world;
        } catch (IOException | InterruptedException | SQLException | RuntimeException e) {
            world.close();
            throw e;
        }
    }

    private void awaitReadModels() throws SQLException, IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String behind = """
                select count(*) from (select aggregate_id, max(sequence_number) as last from domain_event
                    group by aggregate_id) e left join group_view v on v.group_id = e.aggregate_id
                where v.version is null or v.version < e.last
                """;
        while (groups.number(behind) > 0) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the read models are not up to date after " + PATIENCE.toMinutes() + " min");
            }
            Thread.sleep(500);
        }
    }

    private ChildProcess launch() throws IOException {
        List<String> flags = List.of(
                "-Xms64m",
                "-Xmx" + heapMiB + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED");
        List<String> arguments = List.of(
                "--server.port=" + uri.getPort(),
                "--server.address=127.0.0.1",
                "--spring.datasource.url=" + postgres.jdbcUrl(SeededGroups.DATABASE),
                "--spring.datasource.username=" + PostgresEngine.USER,
                "--spring.datasource.password=" + PostgresEngine.USER,
                "--spring.kafka.bootstrap-servers=" + kafka,
                "--spring.cloud.consul.host=127.0.0.1",
                "--spring.cloud.consul.port=" + consul.getPort(),
                "--spring.cloud.consul.discovery.ip-address=127.0.0.1",
                "--tricolor.consul.url=" + consul,
                "--tricolor.security.public-key=" + key.publicKey());
        return ChildProcess.start(ProcessSpec.of("strategy", dir.resolve("strategy"))
                .command(JvmProcess.command(
                        TricolorHome.find().resolve("strategy-service"),
                        "io.tricolor.strategy.StrategyService",
                        flags,
                        arguments))
                .readiness(Readiness.http(uri.resolve("/actuator/health/readiness")))
                .startTimeout(Duration.ofMinutes(4))
                .stopTimeout(Duration.ofSeconds(30))
                .build());
    }

    Proc proc() {
        return Proc.of(service.pid());
    }

    /** The server process of PostgreSQL and those that serve its connections now. */
    Proc database() {
        List<Long> pids = new ArrayList<>();
        ProcessHandle server =
                ProcessHandle.of(postgres.process().pid()).orElseThrow(() -> new IllegalStateException("no database"));
        pids.add(server.pid());
        server.descendants().map(ProcessHandle::pid).forEach(pids::add);
        return new Proc(pids);
    }

    SeededGroups groups() {
        return groups;
    }

    StrategyApi operator() {
        return new StrategyApi(uri, key.token("bench", List.of("operator", "viewer"), Instant.now(), TOKEN_LIFE));
    }

    StrategyApi router(String id) {
        return new StrategyApi(uri, key.token(id, List.of("router"), Instant.now(), TOKEN_LIFE));
    }

    @Override
    public void close() {
        if (service != null) {
            service.kill();
        }
        for (AutoCloseable engine : engines.reversed()) {
            try {
                engine.close();
            } catch (Exception e) {
                System.err.println("could not stop an engine: " + e);
            }
        }
    }
}
