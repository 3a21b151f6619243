package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithInstances;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What happens to users while tables change, and while instances, workers, nginx itself and what started it are
 * killed.
 */
@Tag("engine")
class FireTest extends WithInstances {

    private static final List<String> CLUSTERS = List.of("A", "B", "C");
    private static final int SWAPS = 500;
    private static final int MILLION = 1_000_000;
    private static final int MILLION_SWAPS = 10;
    private static final int SERVED_BETWEEN_MILLIONS = 50;

    @BeforeEach
    void publish() {
        strategy.publish(Tables.only(1, "A", "B"));
    }

    private TestRouter router(String... more) {
        TestRouter router = keep(new TestRouter(strategy.url(), consul.url(), directory, more));
        Await.until("table and instances are there", () -> reportsAtLeast(1));
        return router;
    }

    /** Whether two workers serve by a table, or a newer one, and know instances. */
    private boolean reportsAtLeast(long version) {
        return reportsAtLeast(version, 2);
    }

    private boolean reportsAtLeast(long version, int clusters) {
        return !reported().incomplete()
                && reported().version() >= version
                && reported().usableInstances().size() == clusters;
    }

    private int inFlight(String cluster) {
        return reported().inFlight().getOrDefault(cluster, 0);
    }

    /** Users who ask again and again over connections that are kept. */
    private final class Users implements AutoCloseable {

        final AtomicInteger requests = new AtomicInteger();
        final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean running = new AtomicBoolean(true);
        private final List<Thread> threads = new ArrayList<>();

        Users(TestRouter router, int count) {
            for (int u = 0; u < count; u++) {
                URI uri = URI.create(router.url() + "/?userId=" + u);
                threads.add(Thread.startVirtualThread(() -> {
                    while (running.get()) {
                        ask(HttpRequest.newBuilder(uri).build());
                    }
                }));
            }
        }

        private void ask(HttpRequest request) {
            try {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                requests.incrementAndGet();
                String cluster =
                        response.headers().firstValue("X-Tricolor-Cluster").orElse("");
                if (response.statusCode() != 200 || !response.body().startsWith(cluster + " GET")) {
                    failures.add(response.statusCode() + " from " + cluster + ": " + response.body());
                }
            } catch (IOException e) {
                failures.add(e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void goOn(int more) {
            int before = requests.get();
            Await.until("traffic goes on", () -> requests.get() > before + more);
        }

        @Override
        public void close() {
            running.set(false);
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** GREEN, YELLOW (for thirty ids of a hundred) and RED change places with every version. */
    private static String wandering(long version, long id) {
        long first = version * 7 % 100;
        int yellow = first <= id && id < first + 30 ? 1 : 0;
        return CLUSTERS.get((int) ((version + yellow) % 3));
    }

    private static RouteTable wanderingTable(long version) {
        long first = version * 7 % 100;
        IdRule some = new IdRule(false, List.of(), List.of(new IdInterval(first, first + 29)), null);
        return Tables.table(
                1,
                version,
                Map.of(
                        CLUSTERS.get((int) (version % 3)),
                        RouteStrategy.green(),
                        CLUSTERS.get((int) ((version + 1) % 3)),
                        RouteStrategy.yellow(some),
                        CLUSTERS.get((int) ((version + 2) % 3)),
                        RouteStrategy.red()));
    }

    @Test
    void misroutes_and_tears_no_request_while_five_hundred_tables_follow_each_other() {
        FakeInstance c = keep(new FakeInstance("C", "c-1"));
        consul.register("shop-web", a.as("shop", "web"), b.as("shop", "web"), c.as("shop", "web"));
        strategy.publish(wanderingTable(1));
        TestRouter router = keep(new TestRouter(strategy.url(), consul.url(), directory));
        Await.until("table and instances are there", () -> reportsAtLeast(1, 3));
        long began = System.nanoTime();
        JudgedLoad load = new JudgedLoad(
                router, strategy, 1, List.of(a, b, c), random -> random.nextInt(100), FireTest::wandering);
        try (load) {
            for (int swap = 1; swap <= SWAPS; swap++) {
                long version = 1 + swap;
                load.publish(wanderingTable(version));
                Await.until("table " + version + " is applied by all", () -> load.applied() == version);
            }
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        System.out.printf("%d swaps in %.1f s; %s%n", SWAPS, took.toMillis() / 1e3, load);
        assertFlawless(load);
        assertThat(load.served).containsOnlyKeys("A", "B", "C");
        assertThat(load.gets.get()).isGreaterThan(5L * SWAPS);
        assertThat(load.posts.get()).isGreaterThan(50);
        assertThat(took).isLessThan(Duration.ofSeconds(90));
    }

    private static void assertFlawless(JudgedLoad load) {
        assertThat(load.errors).isEmpty();
        assertThat(load.torn).isEmpty();
        assertThat(load.misrouted).isEmpty();
    }

    /** Every third number from the first on. */
    private static byte[] million(long first) {
        ByteBuffer list = ByteBuffer.allocate(MILLION * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < MILLION; i++) {
            list.putLong(first + 3L * i);
        }
        return list.array();
    }

    @Test
    void swaps_tables_of_a_million_ids_under_load() throws Exception {
        long lowest = -1_500_000;
        List<IdList> lists = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            byte[] list = million(lowest + i);
            String sha256 = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(list));
            strategy.idLists.put(sha256, list);
            lists.add(new IdList(sha256, MILLION));
        }
        TestRouter router = router();
        strategy.publish(millionTable(2, lists));
        Await.until("the first list is applied", () -> reportsAtLeast(2));
        long began = System.nanoTime();
        JudgedLoad load = new JudgedLoad(
                router,
                strategy,
                2,
                List.of(a, b),
                random -> switch (random.nextInt(20)) {
                    case 0 -> lowest + random.nextInt(4) - 2;
                    case 1 -> lowest + 3L * MILLION + random.nextInt(8) - 6;
                    case 2 -> random.nextLong();
                    default -> lowest + random.nextInt(3 * MILLION);
                },
                (version, id) ->
                        id >= lowest && id < lowest + 3L * MILLION && (id - lowest) % 3 == version % 2 ? "B" : "A");
        try (load) {
            for (long next = 3; next <= 2 + MILLION_SWAPS; next++) {
                long version = next;
                load.publish(millionTable(version, lists));
                Await.until("table " + version + " is applied by all", () -> load.applied() == version);
                long a0 = load.served.get("A").get();
                long b0 = load.served.get("B").get();
                Await.until(
                        "requests of both clusters are routed by it",
                        () -> load.served.get("A").get() >= a0 + SERVED_BETWEEN_MILLIONS
                                && load.served.get("B").get() >= b0 + SERVED_BETWEEN_MILLIONS);
            }
        }
        System.out.printf(
                "%d swaps of a million ids in %.1f s; %s%n", MILLION_SWAPS, (System.nanoTime() - began) / 1e9, load);
        assertFlawless(load);
    }

    private static RouteTable millionTable(long version, List<IdList> lists) {
        IdRule members = new IdRule(false, List.of(), List.of(), null, List.of(lists.get((int) (version % 2))));
        return Tables.table(1, version, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(members)));
    }

    @Test
    void a_request_that_is_tried_again_stays_with_its_cluster_across_a_swap() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch swapped = new CountDownLatch(1);
        try (ServerSocket breaking = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (Socket socket = breaking.accept()) {
                    if (socket.getInputStream().read(new byte[4096]) > 0) {
                        arrived.countDown();
                        swapped.await();
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            FakeConsul.Instance first = new FakeConsul.Instance("shop", "web", "A", "a-0", breaking.getLocalPort());
            consul.register("shop-web", first, b.as("shop", "web"));
            TestRouter router = router();
            CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                    HttpRequest.newBuilder(URI.create(router.url() + "/")).build(),
                    HttpResponse.BodyHandlers.ofString());
            arrived.await();
            consul.register("shop-web", first, a.as("shop", "web"), b.as("shop", "web"));
            strategy.publish(Tables.only(2, "B", "A"));
            Await.until(
                    "the table changed and the other instance is known",
                    () -> reportsAtLeast(2) && reported().usable("A", "web").contains("a-1"));
            swapped.countDown();
            assertThat(answer.join().body()).isEqualTo("A GET 0");
            assertThat(answer.join().headers().firstValue("X-Tricolor-Cluster")).hasValue("A");
            assertThat(a.headers.getLast().get("X-tricolor-table")).containsExactly("1.1");
        }
    }

    @Test
    void a_reload_costs_no_request_and_old_workers_count_until_they_are_gone() throws Exception {
        TestRouter router = router();
        CompletableFuture<HttpResponse<String>> held = client.sendAsync(
                HttpRequest.newBuilder(URI.create(router.url() + "/?gate=reload"))
                        .POST(HttpRequest.BodyPublishers.ofString("order"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until("it has reached A", () -> a.headers.size() == 1);
        Set<Long> before = new TreeSet<>(router.workers());
        String boot = strategy.lastReport().bootId();
        try (Users users = new Users(router, 6)) {
            users.goOn(50);
            signal(router.router.pid(), "HUP");
            Await.until("the old worker with the request and the new ones report", () -> {
                Set<Long> now = new TreeSet<>(router.workers());
                now.removeAll(before);
                return now.size() == 2 && router.workers().size() == 3;
            });
            assertThat(strategy.lastReport().bootId()).isEqualTo(boot);
            strategy.publish(Tables.only(2, "B", "A"));
            Await.until("all of the three apply the table", () -> reportsAtLeast(2));
            users.goOn(50);
            assertThat(inFlight("A")).as("in the old worker").isEqualTo(1);
            FakeInstance.open("reload");
            assertThat(held.join().body()).isEqualTo("A POST 5");
            Await.until("the old worker is gone", () -> router.workers().size() == 2 && inFlight("A") == 0);
            assertThat(strategy.signedOff).isEmpty();
            assertThat(users.failures).isEmpty();
        }
    }

    @Test
    void a_killed_worker_is_replaced_and_its_requests_no_longer_count() throws Exception {
        TestRouter router = router();
        try (Users users = new Users(router, 6)) {
            for (int kill = 0; kill < 4; kill++) {
                users.goOn(50);
                List<Long> workers = router.workers();
                // One after the other: one of them fetches and reports.
                long victim = workers.get(kill % workers.size());
                signal(victim, "KILL");
                Await.until("another one is in its place", () -> {
                    List<Long> now = router.workers();
                    return now.size() == 2 && !now.contains(victim);
                });
                long version = 2 + kill;
                strategy.publish(Tables.only(version, version % 2 == 0 ? "B" : "A", version % 2 == 0 ? "A" : "B"));
                Await.until("tables still arrive", () -> reportsAtLeast(version));
            }
            users.goOn(50);
            // Only what the killed worker was working on can fail: at most one request of each user for each kill.
            assertThat(users.failures.size()).isLessThanOrEqualTo(4 * 6);
            assertThat(users.failures).allMatch(failure -> failure.contains("Exception"));
        }
        Await.until("nothing is in flight", () -> inFlight("A") + inFlight("B") == 0);
    }

    @Test
    void an_instance_that_is_killed_costs_no_get() throws Exception {
        FakeInstance second = keep(new FakeInstance("A", "a-2"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"), b.as("shop", "web"));
        TestRouter router = router();
        try (Users users = new Users(router, 6)) {
            for (int kill = 0; kill < 4; kill++) {
                users.goOn(60);
                int port = second.port();
                second.close();
                users.goOn(60);
                second = keep(new FakeInstance("A", "a-2", port));
            }
            users.goOn(60);
            assertThat(users.failures).isEmpty();
        }
        assertThat(b.served.get()).isZero();
        assertThat(router.metrics()).contains("tricolor_nginx_retries_total");
    }

    @Test
    void workers_do_not_outlive_a_killed_master_and_do_not_sign_the_router_off() throws Exception {
        TestRouter router = router();
        List<Long> workers = router.workers();
        signal(router.router.pid(), "KILL");
        Await.until("the workers are gone", () -> workers.stream().noneMatch(FireTest::runs));
        assertThat(strategy.signedOff).isEmpty();
    }

    @Test
    void nginx_does_not_outlive_a_killed_launcher_and_ends_gracefully_with_a_stopped_one() throws Exception {
        for (String signal : List.of("KILL", "TERM")) {
            Path state = directory.resolve("state-" + signal);
            Process launcher = new ProcessBuilder(List.of(
                            JvmProcess.java().toString(),
                            "-Xmx32m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            NginxRouter.class.getName(),
                            "--server.port=" + Ports.free(),
                            "--management.server.port=" + Ports.free(),
                            "--tricolor.nginx.router-id=by-launcher-" + signal,
                            "--tricolor.nginx.state-dir=" + state,
                            "--tricolor.nginx.workers=2",
                            "--tricolor.nginx.connections=512",
                            "--tricolor.strategy.url=" + strategy.url(),
                            "--tricolor.consul.url=" + consul.url()))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            directory.resolve("launcher-" + signal + ".log").toFile())
                    .start();
            try {
                Await.until("it reports", () -> strategy.lastReport().routerId().equals("by-launcher-" + signal));
                long master = Long.parseLong(
                        Files.readString(state.resolve("nginx.pid")).strip());
                List<Long> workers = TestRouter.workers(master);
                signal(launcher.pid(), signal);
                Await.until(
                        "nginx is gone", () -> !runs(master) && workers.stream().noneMatch(FireTest::runs));
                Await.until("the launcher is gone", () -> !launcher.isAlive());
                assertThat(strategy.signedOff.contains("by-launcher-TERM")).isEqualTo(signal.equals("TERM"));
            } finally {
                launcher.destroyForcibly();
            }
        }
    }

    @Test
    void the_launcher_ends_when_nginx_does_not_start() throws Exception {
        TestRouter router = router();
        int taken = URI.create(router.url()).getPort();
        Process launcher = new ProcessBuilder(List.of(
                        JvmProcess.java().toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NginxRouter.class.getName(),
                        "--server.port=" + taken,
                        "--management.server.port=" + Ports.free(),
                        "--tricolor.nginx.state-dir=" + directory.resolve("other"),
                        "--tricolor.nginx.connections=512"))
                .redirectErrorStream(true)
                .start();
        String said = new String(launcher.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(launcher.waitFor()).isEqualTo(1);
        assertThat(said).contains("Address already in use").doesNotContain("\tat ");
    }

    @Test
    void hostile_and_truncated_tables_are_refused_counted_and_told() {
        TestRouter router = router();
        String good = Json.STRICT.writeValueAsString(Tables.only(9, "B", "A"));
        List<String> hostile = List.of(
                good.substring(0, good.length() / 2),
                good + good,
                "[" + "[".repeat(100_000),
                "{\"a\":".repeat(50_000),
                "\"" + "x".repeat(2_000_000) + "\"",
                good.replace("\"shop\"", "\"bank\""),
                good.replace("\"version\":9", "\"version\":9.5"),
                good.replace("\"version\":9", "\"version\":99999999999999999999"),
                good.replace("\"version\":9", "\"version\":9,\"version\":10"),
                good.replace("\"version\":9", "\"version\":9,\"lua\":\"os.exit()\""),
                good.replace("GREEN", "gr\u00e9en"),
                good.replace("\"ids\":[]", "\"ids\":[" + "\"1\",".repeat(1_001) + "\"1\"]"),
                "null",
                "");
        int refusals = 0;
        for (String text : hostile) {
            strategy.publish("shop", text);
            int told = ++refusals;
            Await.until(
                    "refusal " + told + " of " + text.substring(0, Math.min(60, text.length())),
                    () -> router.metrics().contains("tricolor_nginx_rejected_tables_total{group=\"shop\"} " + told));
        }
        Await.until("all workers tell the last refusal", () -> reported().rejection() != null);
        assertThat(reported().version()).isEqualTo(1);
        try (Users users = new Users(router, 1)) {
            users.goOn(10);
            assertThat(users.failures).isEmpty();
        }
        strategy.publish("shop", good);
        Await.until("a good one is applied", () -> reportsAtLeast(9));
    }

    private static boolean runs(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private static void signal(long pid, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }
}
