package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.BrokenInstance;
import io.tricolor.router.testing.FakeConsul;
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
import java.util.Set;
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
        return new TestRouter(strategy.url(), consul.url(), directory, options);
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
}
