package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeStrategy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What strategy-service is told while the workers of a real nginx change, with requests that last. */
class ReporterIT {

    @TempDir
    private Path directory;

    private FakeStrategy strategy;
    private FakeConsul consul;
    private Backend a;
    private Backend b;
    private HttpClient client;
    private OutputDirectory output;
    private Renderer renderer;
    private Reporter reporter;
    private int port;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        strategy = new FakeStrategy();
        consul = new FakeConsul();
        a = new Backend("A");
        b = new Backend("B");
        client = HttpClient.newHttpClient();
        port = Ports.free();
        output = new OutputDirectory(directory);
        consul.add("shop-web", new FakeConsul.Instance("shop", "web", "A", "a1", a.port()));
        publish(1, "GREEN", "RED");
        Peer peer = new Peer(client, strategy.url(), null);
        renderer = new Renderer(
                new Renderer.Settings(Set.of(), Set.of(), 1_000, RunningNginx.listen(port), null, true, Duration.ZERO),
                new TableSource.Strategy(peer, "edge-1"),
                new EndpointSource.Consul(new Peer(client, consul.url(), null)),
                IdListContents.NONE,
                output,
                new Nginx(RunningNginx.PROGRAM, List.of()),
                said::add,
                System::nanoTime);
        reporter = new Reporter(
                new Workers(Path.of("/proc"), directory.toRealPath().resolve("releases")),
                output,
                renderer,
                peer,
                "edge-1",
                said::add);
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        strategy.close();
        consul.close();
        client.close();
    }

    private void publish(long version, String statusA, String statusB) {
        strategy.publish("shop", table(version, statusA, statusB));
    }

    private static String table(long version, String statusA, String statusB) {
        return ("{'group':'shop','epoch':1,'version':" + version
                        + ",'entries':[{'pathPrefix':'/','service':'web'}],'clusters':{'A':{'status':'"
                        + statusA
                        + "','id':{'all':" + !statusA.equals("RED") + "}},'B':{'status':'" + statusB
                        + "','id':{'all':" + !statusB.equals("RED") + "}}}}")
                .replace('\'', '"');
    }

    private List<GroupReport> shop() {
        try {
            RouterReport report = reporter.look();
            return report == null ? List.of() : List.of(report.groups().get("shop"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean all(long version) {
        List<GroupReport> workers = shop();
        return !workers.isEmpty() && workers.stream().allMatch(worker -> worker.version() == version);
    }

    @Test
    void a_drained_cluster_is_told_to_be_idle_only_when_the_last_worker_that_could_reach_it_is_gone() throws Exception {
        assertThat(renderer.step(Set.of())).as("no nginx to reload yet").isFalse();
        assertThat(reporter.report()).as("no nginx: silence").isFalse();
        assertThat(strategy.reports).isEmpty();
        try (RunningNginx nginx = new RunningNginx(output.currentMainConfiguration(), port)) {
            Await.until("first reload", () -> step());
            Await.until("table 1", () -> all(1));
            assertThat(reporter.report()).isTrue();
            RouterReport report = strategy.reports.getLast();
            assertThat(report.kind()).isEqualTo("nginx-template");
            assertThat(report.routerId()).isEqualTo("edge-1");
            assertThat(strategy.polls).contains("/api/route-tables?router=edge-1");
            assertThat(shop()).allSatisfy(group -> {
                assertThat(group.inFlight()).isEqualTo(Map.of("A", 1));
                assertThat(group.usableInstances()).isEqualTo(Map.of("A", Map.of("web", List.of("a1"))));
            });

            // B starts while RED: told as usable without another release.
            String before = output.current();
            consul.add("shop-web", new FakeConsul.Instance("shop", "web", "B", "b1", b.port()));
            step();
            assertThat(output.current()).isEqualTo(before);
            assertThat(shop())
                    .allSatisfy(group -> assertThat(group.usableInstances())
                            .isEqualTo(Map.of("A", Map.of("web", List.of("a1")), "B", Map.of("web", List.of("b1")))));

            try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), port);
                    Socket idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
                slow.getOutputStream().write(RawHttp.request("/held", List.of()).getBytes(StandardCharsets.UTF_8));
                a.held.await();
                accepted(idle);
                publish(2, "RED", "GREEN");
                Await.until("reload", () -> step());
                Await.until(
                        "new workers beside old ones", () -> shop().stream().anyMatch(group -> group.version() == 2));
                Await.until("new requests go to B", () -> cluster().equals("B"));
                assertThat(toA()).isPositive();

                // Further releases, and the old worker is still told with its own.
                consul.add("shop-web", new FakeConsul.Instance("shop", "web", "B", "b2", b.port()));
                Await.until("reload", () -> step());
                publish(3, "RED", "GREEN");
                Await.until("reload", () -> step());
                Await.until("table 3", () -> shop().stream().allMatch(group -> group.version() != 2));
                assertThat(toA()).isPositive();

                // A connection that was accepted before the reload: its worker still routes by the old table.
                idle.getOutputStream().write(RawHttp.request("/", List.of()).getBytes(StandardCharsets.UTF_8));
                assertThat(RawHttp.parse(new String(idle.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                                .cluster())
                        .isEqualTo("A");
                assertThat(toA()).isPositive();

                a.release.countDown();
                assertThat(RawHttp.parse(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                                .cluster())
                        .isEqualTo("A");
            }
            Await.until("the old worker is gone", () -> all(3));
            assertThat(shop()).allSatisfy(group -> assertThat(group.inFlight()).isEqualTo(Map.of("B", 1)));
        }
        Await.until("no worker", () -> shop().isEmpty());
    }

    @Test
    void a_green_cluster_is_told_to_be_idle_when_a_yellow_one_takes_everybody_and_not_when_that_has_no_instance()
            throws Exception {
        consul.add("shop-web", new FakeConsul.Instance("shop", "web", "B", "b1", b.port()));
        step();
        try (RunningNginx nginx = new RunningNginx(output.currentMainConfiguration(), port)) {
            Await.until("reload", () -> step());
            publish(2, "GREEN", "YELLOW");
            Await.until("reload", () -> step());
            Await.until("table 2", () -> all(2));
            assertThat(cluster()).isEqualTo("B");
            assertThat(shop()).allSatisfy(group -> assertThat(group.inFlight()).isEqualTo(Map.of("B", 1)));

            consul.deregister("shop-web", "b1");
            Await.until("reload", () -> step());
            Await.until("A is reached again", () -> toA() > 0);
            Await.until("requests go to A", () -> cluster().equals("A"));
        }
    }

    /** Requests that A may have, by all workers. */
    private int toA() {
        return shop().stream()
                .mapToInt(group -> group.inFlight().getOrDefault("A", 0))
                .sum();
    }

    private String cluster() {
        try {
            return RawHttp.get(port, "/", List.of()).cluster();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns when a worker has taken the connection: it holds a socket with the client's port. */
    private static void accepted(Socket socket) throws Exception {
        String remote = String.format(Locale.ROOT, ":%04X ", socket.getLocalPort());
        String local = String.format(Locale.ROOT, ":%04X ", socket.getPort());
        Await.until("a worker takes the connection", () -> {
            try {
                // local address, remote address, state 01, …, inode: 0 until the connection was accepted
                return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
                        .map(line -> line.strip().split(" +"))
                        .anyMatch(words -> words.length > 9
                                && (words[1] + " ").endsWith(local)
                                && (words[2] + " ").endsWith(remote)
                                && !words[9].equals("0"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private boolean step() {
        try {
            return renderer.step(Set.of());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void tells_of_refused_tables_and_registers_anew_when_it_was_evicted() throws Exception {
        step();
        try (RunningNginx nginx = new RunningNginx(output.currentMainConfiguration(), port)) {
            Await.until("reload", () -> step());
            strategy.publish("shop", table(1, "GREEN", "RED").replace("\"version\":1", "\"version\":9,\"new\":1"));
            strategy.publish("bank", "{\"group\":\"bank\",\"version\":4}");
            step();
            Await.until("workers", () -> reportTaken());
            var groups = strategy.reports.getLast().groups();
            assertThat(groups.get("shop").version()).isEqualTo(1);
            assertThat(groups.get("shop").rejectedVersion()).isEqualTo(9);
            assertThat(groups.get("shop").rejection()).startsWith("UNKNOWN_MEMBER: table.new");
            assertThat(groups.get("bank").version()).isZero();
            assertThat(groups.get("bank").rejectedVersion()).isEqualTo(4);

            publish(1, "GREEN", "RED");
            step();
            assertThat(renderer.refusals())
                    .as("the refused table was taken back")
                    .containsOnlyKeys("bank");

            strategy.evictedBoot = strategy.reports.getLast().bootId();
            reporter.report();
            reporter.report();
            assertThat(strategy.reports.getLast().bootId()).isNotEqualTo(strategy.evictedBoot);
        }
    }

    private boolean reportTaken() {
        try {
            return reporter.report();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_worker_whose_release_is_not_known_or_that_cannot_be_seen_ends_all_reports() throws Exception {
        Path proc = Files.createDirectories(directory.resolve("proc"));
        Path releases = directory.toRealPath().resolve("releases");
        process(proc, "17", "nginx: worker process", releases.resolve("r1/in-use.log"));
        process(proc, "18", "nginx: worker process is shutting down", releases.resolve("r0/in-use.log"));
        process(proc, "19", "nginx: worker process", directory.resolve("access.log"));
        process(proc, "20", "nginx: master process nginx", releases.resolve("r1/in-use.log"));
        process(proc, "21", "tail", releases.resolve("r1/in-use.log"));
        Workers workers = new Workers(proc, releases);
        assertThat(workers.byRelease()).isEqualTo(Map.of(17L, "r1", 18L, "r0"));

        Reporter blind =
                new Reporter(workers, output, renderer, new Peer(client, strategy.url(), null), "edge-1", said::add);
        assertThat(blind.report()).isFalse();
        assertThat(said.getLast()).contains("routes by release r1, of which nothing is known");
        assertThat(strategy.reports).isEmpty();

        Files.delete(proc.resolve("18/fd/3"));
        Files.delete(proc.resolve("18/fd"));
        assertThat(workers.byRelease()).as("one that has just ended").isEqualTo(Map.of(17L, "r1"));
        Files.writeString(proc.resolve("18/fd"), "no directory");
        assertThatThrownBy(workers::byRelease).hasMessageContaining("nginx worker 18 cannot be seen");
    }

    private static void process(Path proc, String pid, String title, Path open) throws IOException {
        Path fd = Files.createDirectories(proc.resolve(pid).resolve("fd"));
        Files.writeString(proc.resolve(pid).resolve("cmdline"), title + "\0");
        Files.createSymbolicLink(fd.resolve("3"), open);
    }
}
