package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.engines.Ports;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.BrokenInstance;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeIdentityProvider;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.RouterContract;
import io.tricolor.router.testing.Tables;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("engine")
class RouterTest extends RouterContract<TestRouter> {

    @Override
    protected String kind() {
        return "nginx";
    }

    @Override
    protected TestRouter start(String... options) {
        return new TestRouter(strategyUrl(), consul.url(), directory, options);
    }

    /** Whether every worker that takes one of some questions routes by it. */
    @Override
    protected boolean routesBy(TestRouter router, long epoch, long version) {
        String position = epoch + "." + version;
        return IntStream.range(0, 10)
                .allMatch(i ->
                        router.state().path("tables").path("shop").asString("").equals(position));
    }

    @Override
    protected Set<String> clusters(TestRouter router, String group, String service) {
        return router.instances(group, service).keySet();
    }

    /** As all workers report. */
    @Override
    protected boolean isReady(TestRouter router, long version) {
        return reports(version);
    }

    @Test
    void says_why_it_is_not_ready_to_whoever_may_look() throws IOException {
        FakeIdentityProvider provider = keep(new FakeIdentityProvider()).add("one", "ES256");
        strategy.goDown();
        consul.goDown();
        int management = Ports.free();
        String keys = "--tricolor.security.public-key="
                + Files.writeString(directory.resolve("operators.pem"), provider.pem("one"));
        CompletableFuture<TestRouter> starting = CompletableFuture.supplyAsync(() -> start(
                "--tricolor.nginx.start-patience=1m",
                "--management.server.port=" + management,
                "--tricolor.security.closed=true",
                keys,
                "--tricolor.security.issuer=" + provider.issuer()));
        String readiness = "http://127.0.0.1:" + management + "/actuator/health/readiness";
        Await.until("it is not ready", () -> answer(readiness).equals("503 {\"status\":\"OUT_OF_SERVICE\"}"));
        String token = "Bearer " + provider.token("one", Map.of("roles", "viewer"));
        assertThat(get(readiness, "Authorization", token).body()).contains("it has just started");
        String metrics = "http://127.0.0.1:" + management + "/metrics";
        assertThat(get(metrics, "Authorization", token).statusCode()).isEqualTo(200);
        consul = keep(new FakeConsul());
        strategy.comeBack();
        keep(starting.join());
    }

    @Test
    void workers_of_another_user_fetch_and_keep_tables() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give workers to another user");
        // Where others may pass through, as in /var/lib.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        strategy.publish(Tables.seed(3));
        router("--tricolor.nginx.user=nobody nogroup");
        Await.until("table and instances are there", () -> reports(3));
        assertThat(Files.getOwner(directory.resolve("state/tables/shop.json")).getName())
                .isEqualTo("nobody");
    }

    /** A long poll there would otherwise wait for as long as the machine is gone. */
    @Test
    void gives_up_all_calls_of_an_address_that_one_of_them_found_silent() throws IOException {
        strategy.publish(Tables.seed(1));
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort();
            TestRouter router = keep(new TestRouter(url + "," + strategy.url(), consul.url(), directory));
            Await.until("table and instances are there", () -> reports(1));
            // The report that waited for 2 s; not the question for tables, which would have waited for 5 s.
            Await.until(
                    "one failure",
                    () -> router.metrics()
                            .contains("tricolor_nginx_strategy_address_failures_total{address=\"" + url + "\"} 1\n"));
        }
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
        Await.until("table and instances are there", () -> reports(4));
        assertThat(cluster(get(restarted, "/", "X-User-Id", "1"))).isEqualTo("B");
        assertThat(restarted.log()).contains("from disk: MALFORMED");
    }

    @Test
    void tries_the_only_instance_once_more() {
        BrokenInstance broken = keep(new BrokenInstance());
        consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-broken", broken.port()));
        TestRouter router = routing(Tables.seed(1));
        HttpResponse<String> response = get(router, "/");
        assertProblem(response, 502, "UPSTREAM_RESET");
        assertThat(broken.requests).hasValue(2);
    }

    @Test
    void says_that_the_connection_closes_when_it_answers_before_all_of_a_request_is_there() throws IOException {
        TestRouter router = routing(Tables.seed(1));
        consul.register("shop-web");
        Await.until(
                "no instance is left in any worker",
                () -> IntStream.range(0, 10)
                        .allMatch(i -> router.instances("shop", "web").isEmpty()));
        assertThat(firstLines(router, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nthe beginning"))
                .contains("HTTP/1.1 503 Service Temporarily Unavailable", "Connection: close");
        assertThat(firstLines(router, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
                .contains("HTTP/1.1 503 Service Temporarily Unavailable", "Connection: keep-alive");
    }

    /** Status and headers of the answer. */
    private static List<String> firstLines(TestRouter router, String request) throws IOException {
        URI url = URI.create(router.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            List<String> lines = new ArrayList<>();
            String line = answer.readLine();
            while (line != null && !line.isEmpty()) {
                lines.add(line);
                line = answer.readLine();
            }
            return lines;
        }
    }

    @Test
    void says_of_any_method_that_no_answer_began_in_time() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-mute", mute.getLocalPort()));
            strategy.publish(Tables.only(1, "A", "B"));
            TestRouter router = router("--tricolor.nginx.response-timeout=1s");
            Await.until("instances and table are there", () -> reports(1));
            for (String method : List.of("GET", "POST")) {
                HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(router.url() + "/"))
                        .method(method, HttpRequest.BodyPublishers.ofString("order"))
                        .build());
                assertProblem(response, 504, "UPSTREAM_TIMEOUT");
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
    void says_of_a_table_on_disk_that_nobody_has_told_a_newer_one_in_time() {
        routing(Tables.seed(4)).close();
        strategy.goDown();
        consul.goDown();
        TestRouter restarted = router("--tricolor.nginx.start-patience=1500ms");
        assertThat(cluster(get(restarted, "/"))).isEqualTo("A");
        assertThat(restarted.log()).contains("serves: nobody has told newer route tables in time");
        consul = keep(new FakeConsul());
        strategy.comeBack();
    }

    @Test
    void is_not_ready_before_it_has_asked_or_waited() {
        routing(Tables.seed(4)).close();
        strategy.goDown();
        consul.goDown();
        int management = Ports.free();
        CompletableFuture<TestRouter> starting = CompletableFuture.supplyAsync(
                () -> start("--tricolor.nginx.start-patience=1m", "--management.server.port=" + management));
        Await.until(
                "it says why it is not ready",
                () -> answer("http://127.0.0.1:" + management + "/actuator/health/readiness")
                        .equals("503 {\"status\":\"OUT_OF_SERVICE\",\"reason\":"
                                + "\"it has just started and asks for its tables\"}"));
        assertThat(starting).isNotDone();
        consul = keep(new FakeConsul());
        strategy.comeBack();
        keep(starting.join());
    }

    /** Status and body; empty while nobody answers. */
    private String answer(String url) {
        try {
            HttpResponse<String> response = get(url);
            return response.statusCode() + " " + response.body();
        } catch (IllegalStateException e) {
            return "";
        }
    }

    @Test
    void a_worker_that_has_no_memory_to_say_what_it_applied_makes_the_report_incomplete() {
        int groups = 150;
        for (int g = 0; g < groups; g++) {
            strategy.publish(Tables.table("group-" + g, 1, "/group-" + g, "A"));
        }
        TestRouter router = router("--tricolor.nginx.worker-memory=48k");
        Await.until("every group is told", () -> strategy.lastReport().groups().size() == groups);
        Await.until(
                "memory is short",
                () -> router.metrics()
                        .contains("tricolor_nginx_memory_refusals_total{dictionary=\"tricolor_workers\"}"));
        assertThat(strategy.lastReport().groups().values())
                .anySatisfy(group -> assertThat(group.incomplete()).isTrue())
                .filteredOn(group -> group.incomplete())
                .allSatisfy(group -> assertThat(group.usableInstances()).isEmpty());
        assertThat(router.log()).contains("tricolor_workers is too small (tricolor.nginx.worker-memory)");
    }

    @Test
    void services_that_there_are_no_timers_for_show_in_metrics_log_and_readiness() {
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < 120; i++) {
            entries.append(",{\"pathPrefix\":\"/")
                    .append(i)
                    .append("\",\"service\":\"s")
                    .append(i)
                    .append("\"}");
        }
        TestRouter router = routing(Tables.seed(1), "--tricolor.nginx.services=10");
        strategy.publish(
                "shop",
                Json.STRICT
                        .writeValueAsString(Tables.seed(2))
                        .replace("\"service\":\"web\"}", "\"service\":\"web\"}" + entries));
        Await.until(
                "it is not ready",
                () -> get(router.managementUrl() + "/actuator/health/readiness").statusCode() == 503);
        assertThat(get(router.managementUrl() + "/actuator/health/readiness").body())
                .contains("there are no timers to follow");
        assertThat(router.metrics()).containsPattern("tricolor_nginx_unfollowed [1-9]");
        Await.until("it is counted", () -> router.metrics().contains("tricolor_nginx_refused_timers_total"));
        assertThat(router.log()).contains("(tricolor.nginx.services)");
        assertThat(cluster(get(router, "/"))).as("it goes on").isEqualTo("A");

        strategy.publish(Tables.seed(3));
        Await.until(
                "it is ready again",
                () -> get(router.managementUrl() + "/actuator/health/readiness").statusCode() == 200);
    }

    @Test
    void gives_an_answer_up_that_comes_in_drops() throws IOException {
        try (ServerSocket dripping = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                while (!dripping.isClosed()) {
                    try {
                        Socket socket = dripping.accept();
                        Thread.startVirtualThread(() -> drip(socket));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            consul.keep(Tables.seed(2));
            TestRouter router =
                    keep(new TestRouter("http://127.0.0.1:" + dripping.getLocalPort(), consul.url(), directory));
            Await.until("the copy in Consul is read", () -> routesBy(router, 1, 2));
        }
    }

    private static void drip(Socket accepted) {
        try (Socket socket = accepted) {
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                socket.getOutputStream().write(' ');
                socket.getOutputStream().flush();
                LockSupport.parkNanos(50_000_000);
            }
        } catch (IOException e) {
            // the router has given up
        }
    }

    @Test
    void shows_groups_that_strategy_service_knows_nothing_of() {
        TestRouter router = routing(Tables.seed(1));
        assertThat(router.metrics())
                .contains("tricolor_nginx_unknown_groups 0")
                .containsPattern("tricolor_nginx_start_time_seconds 1[0-9]{9}\\.[0-9]{3}\n");
        strategy.forgetEverything();
        Await.until("it is shown", () -> router.metrics().contains("tricolor_nginx_unknown_groups 1"));
        assertThat(cluster(get(router, "/"))).isEqualTo("A");
    }

    @Test
    void an_instance_that_was_withdrawn_is_told_to_be_idle_when_its_last_request_is_over() {
        FakeInstance second = keep(new FakeInstance("A", "a-2"));
        TestRouter router = routing(Tables.seed(1));
        CompletableFuture<HttpResponse<String>> slow = sendAndGoOn(order(router, "/?gate=withdrawn"));
        Await.until("it has reached A", () -> !a.headers.isEmpty());
        consul.register("shop-web", second.as("shop", "web"), b.as("shop", "web"));
        Await.until("it is withdrawn", () -> reported().usable("A", "web").equals(List.of("a-2")));
        assertThat(reported().inFlightInstances()).isEqualTo(Map.of("A", Map.of("web", Map.of("a-1", 1))));
        FakeInstance.open("withdrawn");
        assertThat(slow.join().statusCode()).isEqualTo(200);
        Await.until("it is idle", () -> reported().inFlightInstances().isEmpty());
    }

    /** Sixteen workers, two hundred groups, fifty instances each. */
    @Test
    void sixteen_workers_report_ten_thousand_instances_and_every_request() {
        int groups = 200;
        int instances = 50;
        for (int g = 0; g < groups; g++) {
            String group = "group-" + g;
            consul.register(
                    group + "-web",
                    IntStream.range(0, instances)
                            .mapToObj(i -> new FakeConsul.Instance(group, "web", "A", group + "-web-" + i, a.port()))
                            .toArray(FakeConsul.Instance[]::new));
            strategy.publish(Tables.table(group, 1, "/" + group, "A"));
        }
        TestRouter router = router("--tricolor.nginx.workers=16", "--tricolor.nginx.groups=200");
        Await.until("every worker knows every instance", () -> isWhole(groups, instances));
        assertThat(router.workers()).hasSize(16);

        List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            held.add(sendAndGoOn(
                    to(router, "/group-" + i % groups + "?gate=many").build()));
        }
        Await.until(
                "each request is reported, of its cluster and of its instance",
                () -> strategy.lastReport().groups().values().stream()
                        .allMatch(group -> group.inFlight().equals(Map.of("A", 2))
                                && group.inFlightInstances().get("A").get("web").values().stream()
                                                .mapToInt(Integer::intValue)
                                                .sum()
                                        == 2));
        strategy.publish(Tables.table("group-7", 2, "/group-7", "A"));
        Await.until(
                "a change is applied by all",
                () -> strategy.lastReport().groups().get("group-7").version() == 2);
        FakeInstance.open("many");
        held.forEach(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
        Await.until(
                "nothing is in flight",
                () -> strategy.lastReport().groups().values().stream()
                        .allMatch(group -> group.inFlight().isEmpty()));
        assertThat(isWhole(groups, instances)).isTrue();
        assertThat(strategy.reports)
                .allSatisfy(report -> assertThat(Json.STRICT.writeValueAsBytes(report).length)
                        .isLessThanOrEqualTo(RouterReport.MAX_BYTES));
        assertThat(router.metrics()).doesNotContain("tricolor_nginx_memory_refusals_total{");
    }

    private boolean isWhole(int groups, int instances) {
        RouterReport report = strategy.lastReport();
        return report.groups().size() == groups
                && report.groups().values().stream()
                        .allMatch(group ->
                                !group.incomplete() && group.usable("A", "web").size() == instances);
    }
}
