package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.routing.RouteTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RouterTest {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<AutoCloseable> closeables = new ArrayList<>();

    private static final int WORKERS = 2;

    @TempDir
    private Path directory;

    private FakeStrategy strategy;
    private FakeConsul consul;
    private FakeInstance a;
    private FakeInstance b;

    @BeforeEach
    void startPeers() {
        strategy = keep(new FakeStrategy());
        consul = keep(new FakeConsul());
        a = keep(new FakeInstance("A", "a-1"));
        b = keep(new FakeInstance("B", "b-1"));
        consul.register("shop-web", a.as("shop", "web"), b.as("shop", "web"));
    }

    @AfterEach
    void stopEverything() throws Exception {
        for (AutoCloseable closeable : closeables.reversed()) {
            closeable.close();
        }
        client.close();
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        closeables.add(closeable);
        return closeable;
    }

    private TestRouter router(String... more) {
        return keep(new TestRouter(strategy.url(), consul.url(), directory, more));
    }

    private TestRouter routing(RouteTable table) {
        strategy.publish(table);
        TestRouter router = router();
        Await.until("instances and table are there", () -> ready(table.version()));
        return router;
    }

    /** Whether every worker routes by this table and knows instances. */
    private boolean ready(long version) {
        List<RouterReport.WorkerReport> workers = strategy.lastReport().workers();
        return workers.size() == WORKERS
                && workers.stream().allMatch(worker -> {
                    RouterReport.GroupReport group = worker.groups().get("shop");
                    return group != null
                            && group.version() == version
                            && !group.usableInstances().isEmpty();
                });
    }

    private HttpResponse<String> get(TestRouter router, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(router.url() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Whether every worker that takes one of some questions routes by a table; for times when nobody takes reports. */
    private static boolean appliesWithoutReport(TestRouter router, String position) {
        return IntStream.range(0, 10)
                .allMatch(i ->
                        router.state().path("tables").path("shop").asString("").equals(position));
    }

    /** As strategy-service counts: the oldest table, the sum of the requests, the instances that all workers know. */
    private RouterReport.GroupReport reported() {
        List<RouterReport.GroupReport> groups = strategy.lastReport().workers().stream()
                .filter(worker -> worker.groups().containsKey("shop"))
                .map(worker -> worker.groups().get("shop"))
                .toList();
        if (groups.isEmpty()) {
            return new RouterReport.GroupReport(0, 0, new TreeMap<>(), new TreeMap<>(), null, null);
        }
        RouterReport.GroupReport oldest = groups.stream()
                .min(Comparator.comparingLong(RouterReport.GroupReport::epoch)
                        .thenComparingLong(RouterReport.GroupReport::version))
                .orElseThrow();
        SortedMap<String, Integer> inFlight = new TreeMap<>();
        groups.forEach(
                group -> group.inFlight().forEach((cluster, count) -> inFlight.merge(cluster, count, Integer::sum)));
        return new RouterReport.GroupReport(
                oldest.epoch(),
                oldest.version(),
                inFlight,
                oldest.usableInstances(),
                oldest.rejectedVersion(),
                oldest.rejection());
    }

    @Test
    void routes_by_header_cookie_and_query_and_without_id() {
        TestRouter router = routing(Tables.seed(1));
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(cluster(get(router, "/", "X-User-Id", "alice"))).isEqualTo("B");
        assertThat(cluster(get(router, "/", "X-User-Id", "Alice"))).isEqualTo("A");
        assertThat(cluster(get(router, "/", "Cookie", "x=2; userId=700"))).isEqualTo("B");
        assertThat(cluster(get(router, "/x/y?userId=10000"))).isEqualTo("B");
        assertThat(cluster(get(router, "/x/y?userId=10001"))).isEqualTo("A");
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    private static String cluster(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        String cluster = response.headers().firstValue("X-Tricolor-Cluster").orElse("");
        assertThat(response.headers().allValues("X-Tricolor-Cluster")).hasSize(1);
        assertThat(response.body()).startsWith(cluster + " ");
        return cluster;
    }

    @Test
    void passes_on_the_decision_and_the_host_and_drops_what_a_client_pretends() {
        TestRouter router = routing(Tables.seed(7));
        get(
                router,
                "/path%2Fwith%20blank?q=a%26b",
                "X-Tricolor-Cluster",
                "B",
                "x-tricolor-group",
                "bank",
                "X-Tricolor-Anything",
                "1",
                "X-Forwarded-For",
                "6.6.6.6",
                "X-Mine",
                "kept");
        Map<String, List<String>> seen = a.headers.getLast();
        assertThat(seen.get("X-tricolor-cluster")).containsExactly("A");
        assertThat(seen.get("X-tricolor-group")).containsExactly("shop");
        assertThat(seen.get("X-tricolor-table")).containsExactly("1.7");
        assertThat(seen).doesNotContainKey("X-tricolor-anything");
        assertThat(seen.get("X-mine")).containsExactly("kept");
        assertThat(seen.get("X-forwarded-for")).containsExactly("127.0.0.1");
        assertThat(seen.get("Host")).containsExactly(router.url().substring("http://".length()));
        assertThat(seen).doesNotContainKey("Transfer-encoding");
    }

    @Test
    void passes_bodies_through() {
        TestRouter router = routing(Tables.seed(1));
        byte[] large = "x".repeat(3_000_000).getBytes(StandardCharsets.UTF_8);
        assertThat(send(HttpRequest.newBuilder(URI.create(router.url() + "/up"))
                                .POST(HttpRequest.BodyPublishers.ofByteArray(large))
                                .build())
                        .body())
                .isEqualTo("A POST 3000000");
        assertThat(send(HttpRequest.newBuilder(URI.create(router.url() + "/up"))
                                .method(
                                        "PATCH",
                                        HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
                                .build())
                        .body())
                .isEqualTo("A PATCH 3000000");
        assertThat(send(HttpRequest.newBuilder(URI.create(router.url() + "/up"))
                                .DELETE()
                                .build())
                        .body())
                .isEqualTo("A DELETE 0");
    }

    @Test
    void answers_404_where_no_entry_is_and_503_where_no_cluster_is_healthy() {
        TestRouter router = router();
        HttpResponse<String> nowhere = get(router, "/x");
        assertThat(nowhere.statusCode()).isEqualTo(404);
        assertProblem(nowhere, "ENTRY_NOT_FOUND", "ENTRY_NOT_FOUND");

        strategy.publish(Tables.seed(1));
        Await.until("table applied", () -> ready(1));
        consul.register("shop-web", b.as("shop", "web"));
        Await.until("A is gone", () -> get(router, "/").statusCode() == 503);
        assertProblem(get(router, "/"), "NO_HEALTHY_CLUSTER", "NO_HEALTHY_CLUSTER");
        assertThat(cluster(get(router, "/", "X-User-Id", "1"))).isEqualTo("B");
    }

    private static void assertProblem(HttpResponse<String> response, String code, String reason) {
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(response.headers().firstValue("X-Tricolor-Reason")).hasValue(reason);
        JsonNode problem = Json.LENIENT.readTree(response.body());
        assertThat(problem.path("code").asString()).isEqualTo(code);
        assertThat(problem.path("status").asInt()).isEqualTo(response.statusCode());
        assertThat(problem.path("traceId").asString()).matches("[0-9a-f]{32}");
    }

    @Test
    void reports_what_it_applied_with_instances_and_signs_off() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "secret\n");
        strategy.publish(Tables.seed(3));
        TestRouter router = router("--tricolor.security.token-file=" + token);
        Await.until(
                "report",
                () -> reported().version() == 3 && reported().usableInstances().size() == 2);
        RouterReport report = strategy.lastReport();
        assertThat(report.routerId()).isEqualTo("r1");
        assertThat(report.kind()).isEqualTo("nginx");
        assertThat(reported().usableInstances().get("B")).isEqualTo(Map.of("web", List.of("b-1")));
        assertThat(strategy.tokens).contains("Bearer secret");
        router.close();
        assertThat(strategy.signedOff).containsExactly("r1");
    }

    @Test
    void applies_only_what_is_newer_and_valid_and_tells_what_it_refused() {
        TestRouter router = routing(Tables.seed(5));
        strategy.publish(
                "shop", Json.STRICT.writeValueAsString(Tables.seed(6)).replace("\"all\":true", "\"all\":false"));
        Await.until("refusal is reported", () -> reported().rejection() != null);
        assertThat(reported().version()).isEqualTo(5);
        assertThat(reported().rejectedVersion()).isEqualTo(6);
        assertThat(reported().rejection()).contains("ROUTES_UNSERVED");
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        // Each worker adds what it has counted to the totals a few times a second.
        Await.until(
                "requests are counted",
                () -> router.metrics()
                        .contains(
                                "tricolor_nginx_requests_total{group=\"shop\",service=\"web\",cluster=\"A\",status=\"2xx\"}"));
        Await.until(
                "the refusal is counted",
                () -> router.metrics().contains("tricolor_nginx_rejected_tables_total{group=\"shop\"} 1"));
        assertThat(router.metrics()).contains("tricolor_nginx_table_version{group=\"shop\"} 5");

        strategy.publish("shop", "{broken");
        Await.until(
                "broken JSON is reported",
                () -> reported().rejectedVersion() == null && reported().rejection() != null);
        strategy.publish(Tables.table(1, 4, Map.of("B", RouteStrategy.green())));
        strategy.publish(Tables.table(1, 7, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("version 7", () -> reported().version() == 7);
        assertThat(reported().rejection()).isNull();
        assertThat(cluster(get(router, "/"))).isEqualTo("B");

        strategy.publish(Tables.table(2, 1, Map.of("A", RouteStrategy.green())));
        Await.until("a new epoch", () -> reported().epoch() == 2);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    private String get0(String url) {
        return send(HttpRequest.newBuilder(URI.create(url)).build()).body();
    }

    @Test
    void routes_by_the_last_good_state_after_a_restart_with_everything_down() {
        TestRouter router = routing(Tables.seed(4));
        router.close();
        strategy.goDown();
        consul.goDown();
        TestRouter restarted = router();
        assertThat(cluster(get(restarted, "/"))).isEqualTo("A");
        assertThat(cluster(get(restarted, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(restarted.state().path("tables").path("shop").asString()).isEqualTo("1.4");
        assertThat(get0(restarted.managementUrl() + "/actuator/health")).contains("\"UP\"");
        consul = keep(new FakeConsul());
        strategy.comeBack();
    }

    @Test
    void workers_of_another_user_fetch_and_keep_tables() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give workers to another user");
        // Where others may pass through, as in /var/lib.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        strategy.publish(Tables.seed(3));
        router("--tricolor.nginx.user=nobody nogroup");
        Await.until("table and instances are there", () -> ready(3));
        assertThat(Files.getOwner(directory.resolve("state/tables/shop.json")).getName())
                .isEqualTo("nobody");
    }

    @Test
    void starts_with_damaged_files_and_is_whole_again_when_others_answer() throws IOException {
        routing(Tables.seed(4)).close();
        Files.writeString(directory.resolve("state/tables/shop.json"), "{\"group\":\"shop\",");
        Files.writeString(
                directory.resolve("state/endpoints/shop~web.json"),
                "{\"group\":\"shop\",\"service\":\"web\",\"clusters\":{\"A\":[{\"id\":7}]}}");
        Files.writeString(directory.resolve("state/endpoints/x.json"), "\u0000");
        strategy.reports.clear();
        TestRouter restarted = router();
        Await.until("table and instances are there", () -> ready(4));
        assertThat(cluster(get(restarted, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(restarted.log()).contains("from disk: MALFORMED");
    }

    @Test
    void reads_tables_from_consul_while_strategy_service_is_down() {
        TestRouter router = routing(Tables.seed(1));
        strategy.goDown();
        consul.keep(Tables.table(1, 2, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("table of Consul", () -> appliesWithoutReport(router, "1.2"));
        assertThat(cluster(get(router, "/"))).isEqualTo("B");
        consul.keep(Tables.seed(1));
        strategy.comeBack();
        strategy.publish(Tables.table(1, 3, Map.of("A", RouteStrategy.green())));
        Await.until("table of strategy-service", () -> ready(3));
    }

    @Test
    void never_goes_back_to_an_older_table() {
        TestRouter router = routing(Tables.seed(5));
        consul.keep(Tables.table(1, 4, Map.of("B", RouteStrategy.green())));
        strategy.goDown();
        int reads = consul.tableReads.get();
        Await.until("the older one was read a few times", () -> consul.tableReads.get() > reads + 3);
        assertThat(appliesWithoutReport(router, "1.5")).isTrue();
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        consul.keep(Tables.table(2, 1, Map.of("B", RouteStrategy.green())));
        Await.until("a newer epoch counts", () -> appliesWithoutReport(router, "2.1"));
        strategy.comeBack();
    }

    @Test
    void keeps_tables_and_instances_through_errors_and_removes_a_deleted_group() {
        TestRouter router = routing(Tables.seed(1));
        strategy.broken = true;
        consul.broken = true;
        int reports = strategy.reports.size();
        Await.until("it lived on for a while", () -> strategy.reports.size() > reports + 5);
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
        strategy.broken = false;
        consul.broken = false;
        strategy.delete("shop");
        Await.until("group is gone", () -> get(router, "/").statusCode() == 404);
        assertThat(directory.resolve("state/tables/shop.json")).doesNotExist();
    }

    @Test
    void follows_a_registry_that_starts_over() {
        TestRouter router = routing(Tables.seed(1));
        FakeInstance other = keep(new FakeInstance("A", "a-2"));
        consul.startOver("shop-web", other.as("shop", "web"));
        Await.until(
                "the other instance answers",
                () -> get(router, "/").headers().firstValue("X-Instance").equals(Optional.of("a-2")));
        consul.register("shop-web", a.as("shop", "web"));
        Await.until(
                "news come again",
                () -> get(router, "/").headers().firstValue("X-Instance").equals(Optional.of("a-1")));
    }

    @Test
    void takes_no_instance_of_another_group_whose_names_join_to_the_same() {
        consul.register(
                "shop-web", a.as("shop", "web"), new FakeConsul.Instance("shop-web", "", "B", "stranger", b.port()));
        TestRouter router = routing(Tables.seed(1));
        assertThat(router.instances("shop", "web")).containsOnlyKeys("A");
    }

    @Test
    void a_slow_post_stays_with_its_cluster_across_a_swap_and_is_counted_until_it_ends() {
        TestRouter router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                HttpRequest.newBuilder(URI.create(router.url() + "/?gate=slow"))
                        .POST(HttpRequest.BodyPublishers.ofString("order"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        strategy.publish(Tables.table(1, 2, Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green())));
        Await.until("reported with the request in flight", () -> reported().version() == 2);
        assertThat(reported().inFlight()).isEqualTo(Map.of("A", 1));
        assertThat(cluster(get(router, "/"))).isEqualTo("B");
        assertThat(slow).isNotDone();
        FakeInstance.open("slow");
        assertThat(slow.join().body()).isEqualTo("A POST 5");
        Await.until("reported as drained", () -> reported().inFlight().isEmpty());
    }

    @Test
    void a_client_that_goes_away_is_no_longer_in_flight() {
        TestRouter router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> aborted = client.sendAsync(
                HttpRequest.newBuilder(URI.create(router.url() + "/?gate=never"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until("it is in flight", () -> reported().inFlight().equals(Map.of("A", 1)));
        aborted.cancel(true);
        Await.until("it is not", () -> reported().inFlight().isEmpty());
        FakeInstance.open("never");
    }

    @Test
    void swaps_under_load_lose_no_request_and_send_none_to_a_cluster_that_is_red() {
        TestRouter router = routing(Tables.seed(1));
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicInteger requests = new AtomicInteger();
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        List<Thread> users = new ArrayList<>();
        for (int u = 0; u < 8; u++) {
            String user = Integer.toString(u);
            users.add(Thread.startVirtualThread(() -> {
                while (running.get()) {
                    HttpResponse<String> response = get(router, "/", "X-User-Id", user);
                    requests.incrementAndGet();
                    if (response.statusCode() != 200) {
                        failures.add(response.statusCode() + " " + response.body());
                    }
                }
            }));
        }
        long version = 1;
        for (int swap = 0; swap < 40; swap++) {
            version++;
            boolean toB = swap % 2 == 0;
            strategy.publish(Tables.table(
                    1,
                    version,
                    Map.of(
                            toB ? "A" : "B", RouteStrategy.red(),
                            toB ? "B" : "A", RouteStrategy.green())));
            long applied = version;
            FakeInstance drained = toB ? a : b;
            Await.until(
                    "applied and drained",
                    () -> reported().version() == applied
                            && !reported().inFlight().containsKey(drained.cluster));
            int served = drained.served.get();
            int before = requests.get();
            Await.until("traffic goes on", () -> requests.get() > before + 40);
            assertThat(drained.served.get()).as("version %d", applied).isEqualTo(served);
        }
        running.set(false);
        users.forEach(RouterTest::join);
        assertThat(failures).isEmpty();
        assertThat(requests.get()).isGreaterThan(1_000);
        Await.until("nothing is in flight", () -> reported().inFlight().isEmpty());
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tries_another_instance_of_the_cluster_when_one_is_gone() {
        FakeInstance second = keep(new FakeInstance("A", "a-2"));
        consul.register("shop-web", a.as("shop", "web"), second.as("shop", "web"), b.as("shop", "web"));
        TestRouter router = routing(Tables.seed(1));
        SortedMap<String, Integer> answers = new TreeMap<>();
        a.close();
        for (int i = 0; i < 50; i++) {
            HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(router.url() + "/"))
                    .POST(HttpRequest.BodyPublishers.ofString("order " + i))
                    .build());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            answers.merge(response.headers().firstValue("X-Instance").orElse(""), 1, Integer::sum);
        }
        assertThat(answers).containsOnlyKeys("a-2");
        second.close();
        HttpResponse<String> none = get(router, "/");
        assertThat(none.statusCode()).isEqualTo(503);
        assertProblem(none, "UPSTREAM_UNAVAILABLE", "UPSTREAM_UNAVAILABLE");
        assertThat(none.headers().firstValue("X-Tricolor-Cluster")).hasValue("A");
        assertThat(b.served.get()).as("never another cluster").isZero();
        Await.until("nothing is in flight", () -> reported().inFlight().isEmpty());
    }

    @Test
    void registers_anew_when_it_was_evicted_though_it_is_alive() {
        routing(Tables.seed(1));
        Await.until("report", () -> reported().version() == 1);
        String boot = strategy.lastReport().bootId();
        strategy.evictedBoot = boot;
        Await.until("another boot", () -> !strategy.lastReport().bootId().equals(boot));
        assertThat(strategy.lastReport().routerId()).isEqualTo("r1");
        assertThat(reported().version()).isEqualTo(1);
    }

    @Test
    void sends_a_request_again_when_its_connection_broke_only_if_that_is_safe() {
        BrokenInstance broken = keep(new BrokenInstance());
        consul.register(
                "shop-web",
                a.as("shop", "web"),
                new FakeConsul.Instance("shop", "web", "A", "a-broken", broken.port()));
        TestRouter router = routing(Tables.seed(1));
        while (broken.requests.get() < 5) {
            assertThat(cluster(get(router, "/"))).isEqualTo("A");
        }
        int before = broken.requests.get();
        int failed = 0;
        for (int i = 0; i < 60; i++) {
            HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(router.url() + "/"))
                    .POST(HttpRequest.BodyPublishers.ofString("order"))
                    .build());
            if (response.statusCode() != 200) {
                assertThat(response.statusCode()).isEqualTo(502);
                assertProblem(response, "UPSTREAM_RESET", "UPSTREAM_RESET");
                failed++;
            }
        }
        assertThat(failed).as("each was sent once").isPositive().isEqualTo(broken.requests.get() - before);
    }

    @Test
    void tries_the_only_instance_once_more() {
        BrokenInstance broken = keep(new BrokenInstance());
        consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-broken", broken.port()));
        TestRouter router = routing(Tables.seed(1));
        HttpResponse<String> response = get(router, "/");
        assertThat(response.statusCode()).isEqualTo(502);
        assertProblem(response, "UPSTREAM_RESET", "UPSTREAM_RESET");
        assertThat(broken.requests).hasValue(2);
    }

    @Test
    void says_of_any_method_that_no_answer_began_in_time() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-mute", mute.getLocalPort()));
            strategy.publish(Tables.only(1, "A", "B"));
            TestRouter router = router("--tricolor.nginx.response-timeout=1s");
            Await.until("instances and table are there", () -> ready(1));
            for (String method : List.of("GET", "POST")) {
                HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(router.url() + "/"))
                        .method(method, HttpRequest.BodyPublishers.ofString("order"))
                        .build());
                assertThat(response.statusCode()).as(method).isEqualTo(504);
                assertProblem(response, "UPSTREAM_TIMEOUT", "UPSTREAM_TIMEOUT");
            }
        }
    }

    @Test
    void forgets_a_refused_table_that_is_taken_back() {
        routing(Tables.seed(5));
        strategy.publish("shop", Json.STRICT.writeValueAsString(Tables.seed(6)).replace("GREEN", "BLUE"));
        Await.until("it is refused", () -> Long.valueOf(6).equals(reported().rejectedVersion()));
        strategy.publish(Tables.seed(5));
        Await.until("it is forgotten", () -> reported().rejection() == null);
        assertThat(reported().version()).isEqualTo(5);
    }

    @Test
    void a_stop_lets_requests_end_before_it_signs_off() {
        TestRouter router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                HttpRequest.newBuilder(URI.create(router.url() + "/?gate=stop"))
                        .POST(HttpRequest.BodyPublishers.ofString("order"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        Thread stopping = Thread.startVirtualThread(router::close);
        int reports = strategy.reports.size();
        Await.until("it still reports", () -> strategy.reports.size() > reports + 3);
        assertThat(reported().inFlight()).isEqualTo(Map.of("A", 1));
        assertThat(strategy.signedOff).isEmpty();
        FakeInstance.open("stop");
        assertThat(slow.join().body()).isEqualTo("A POST 5");
        join(stopping);
        assertThat(strategy.signedOff).containsExactly("r1");
    }

    @Test
    void reads_ids_in_headers_as_utf_8() throws IOException {
        TestRouter router = routing(Tables.table(
                1,
                1,
                Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("Zo\u00eb"), List.of(), null)))));
        URI url = URI.create(router.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nX-User-Id: Zo\u00eb\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("X-Tricolor-Cluster: B");
        }
    }
}
