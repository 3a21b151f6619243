package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.consul.Api.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(120)
class LocalConsulTest {
    @TempDir
    private Path dir;

    private LocalConsul consul;
    private Api api;

    @BeforeEach
    void start() throws IOException {
        consul = LocalConsul.start(new Settings(
                0,
                dir,
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(100),
                Duration.ofMillis(50),
                20_000));
        api = new Api(consul.uri());
    }

    @AfterEach
    void stop() throws IOException {
        consul.close();
    }

    @Test
    void negative_index_counts_as_none() throws Exception {
        api.put("/v1/kv/a", "x");
        assertThat(api.get("/v1/kv/a?index=-1&wait=50s").status()).isEqualTo(200);
    }

    @Test
    void change_wakes_only_those_whom_it_concerns() throws Exception {
        List<CompletableFuture<Answer>> watches = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            api.put("/v1/kv/k" + i, "x");
        }
        long wakeups = metric("tricolor_consul_watch_wakeups_total");
        long index = metric("tricolor_consul_index");
        for (int i = 0; i < 20; i++) {
            watches.add(api.getAsync("/v1/kv/k" + i + "?wait=50s&index=" + index));
            watches.add(api.getAsync("/v1/health/service/s" + i + "?wait=50s&index=" + index));
        }
        watches.add(api.getAsync("/v1/kv/k7?recurse&wait=50s&index=" + index));
        watches.add(api.getAsync("/v1/kv/x/?recurse&wait=50s&index=" + index));
        await().atMost(Duration.ofSeconds(30)).until(() -> metric("tricolor_consul_watchers") == 42);
        api.put("/v1/kv/k7", "y");
        api.put("/v1/agent/service/register", "{\"Name\":\"s3\"}");
        assertThat(watches.get(14).get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
        assertThat(watches.get(7).get(30, TimeUnit.SECONDS).json().size()).isEqualTo(1);
        assertThat(watches.get(40).get(30, TimeUnit.SECONDS).json().size()).isEqualTo(1);
        assertThat(watches.stream().filter(CompletableFuture::isDone)).hasSize(3);
        assertThat(metric("tricolor_consul_watch_wakeups_total") - wakeups).isEqualTo(3);
        await().atMost(Duration.ofSeconds(30)).until(() -> metric("tricolor_consul_watchers") == 39);
    }

    @Test
    void heartbeat_that_says_nothing_new_wakes_nobody_and_writes_nothing() throws Exception {
        api.put("/v1/agent/service/register", "{\"Name\":\"s\",\"Check\":{\"TTL\":\"60s\"}}");
        api.put("/v1/agent/check/pass/service:s?note=one", "");
        long index = metric("tricolor_consul_index");
        long bytes = metric("tricolor_consul_log_bytes");
        api.put("/v1/agent/check/pass/service:s?note=two", "");
        api.put("/v1/agent/service/register", "{\"Name\":\"s\",\"Check\":{\"TTL\":\"60s\"}}");
        assertThat(metric("tricolor_consul_index")).isEqualTo(index);
        assertThat(metric("tricolor_consul_log_bytes")).isEqualTo(bytes);
        assertThat(api.get("/v1/health/checks/s").json().get(0).get("Output").stringValue())
                .isEqualTo("two");
    }

    @Test
    void what_is_not_supported_is_refused() throws Exception {
        assertThat(api.get("/v1/kv/a?filter=x").status()).isEqualTo(400);
        assertThat(api.get("/v1/catalog/services?filter=x").status()).isEqualTo(400);
        assertThat(api.get("/v1/catalog/nodes?filter=x").status()).isEqualTo(400);
        assertThat(api.get("/v1/kv/a?ns=team").status()).isEqualTo(400);
        assertThat(api.get("/v1/acl/tokens").status()).isEqualTo(501);
        assertThat(api.get("/v1/connect/ca/roots").status()).isEqualTo(501);
        assertThat(api.put("/v1/catalog/register", "{}").status()).isEqualTo(501);
        assertThat(api.get("/v2/kv/a").status()).isEqualTo(404);
        assertThat(api.put("/v1/session/create", "{\"Node\":\"elsewhere\"}").status())
                .isEqualTo(501);
        assertThat(api.put("/v1/txn", "[{\"Service\":{\"Verb\":\"get\"}}]").status())
                .isEqualTo(400);
        for (String refused : List.of(
                "{\"Name\":\"s\",\"Connect\":{\"Native\":true}}",
                "{\"Name\":\"s\",\"Kind\":\"connect-proxy\"}",
                "{\"Name\":\"s\",\"Prot\":1}",
                "{\"Name\":\"s\",\"Port\":70000}",
                "{\"Name\":\"s\",\"Check\":{\"GRPC\":\"127.0.0.1:1\",\"Interval\":\"1s\"}}",
                "{\"Name\":\"s\",\"Check\":{\"Args\":[\"sh\"],\"Interval\":\"1s\"}}",
                "{\"Name\":\"s\",\"Check\":{\"HTTP\":\"http://127.0.0.1/\"}}",
                "{\"Name\":\"s\",\"Check\":{\"HTTP\":\"not a url\",\"Interval\":\"1s\"}}",
                "{\"Name\":\"s\",\"Check\":{\"TCP\":\"127.0.0.1\",\"Interval\":\"1s\"}}",
                "{\"Name\":\"s\",\"Check\":{\"TTL\":\"1s\",\"TCP\":\"127.0.0.1:1\"}}",
                "{\"Name\":\"s\",\"Check\":{\"TTL\":\"soon\"}}",
                "{\"Name\":\"s\",\"Check\":{\"TTL\":\"1s\",\"Status\":\"fine\"}}")) {
            assertThat(api.put("/v1/agent/service/register", refused).status())
                    .as(refused)
                    .isEqualTo(400);
        }
        assertThat(api.get("/v1/agent/services").body()).isEqualTo("{}");
    }

    @Test
    void a_token_is_passed_over_as_by_an_agent_without_acls() throws Exception {
        assertThat(api.put("/v1/kv/a?token=secret", "1").status()).isEqualTo(200);
        for (String header : List.of("X-Consul-Token", "Authorization")) {
            HttpRequest withToken = HttpRequest.newBuilder(URI.create(consul.uri() + "/v1/kv/a?raw"))
                    .header(header, "Bearer secret")
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                assertThat(client.send(withToken, BodyHandlers.ofString()).body())
                        .isEqualTo("1");
            }
        }
    }

    @Test
    void what_is_unknown_is_not_found() throws Exception {
        assertThat(api.put("/v1/agent/service/deregister/x", "").status()).isEqualTo(404);
        assertThat(api.put("/v1/agent/service/maintenance/x?enable=true", "").status())
                .isEqualTo(404);
        assertThat(api.put("/v1/agent/check/deregister/x", "").status()).isEqualTo(404);
        assertThat(api.put("/v1/agent/check/pass/x", "").status()).isEqualTo(404);
        assertThat(api.get("/v1/agent/service/x").status()).isEqualTo(404);
    }

    @Test
    void session_that_is_not_renewed_ends() throws Exception {
        String id = api.put("/v1/session/create", "{\"TTL\":\"5s\",\"LockDelay\":\"0s\"}")
                .json()
                .get("ID")
                .stringValue();
        api.put("/v1/kv/lock?acquire=" + id, "x");
        long start = System.nanoTime();
        for (int i = 0; i < 2; i++) {
            long index = api.get("/v1/kv/lock").index();
            assertThat(api.get("/v1/kv/lock?wait=3s&index=" + index)
                            .json()
                            .get(0)
                            .has("Session"))
                    .isTrue();
            assertThat(api.put("/v1/session/renew/" + id, "").status()).isEqualTo(200);
        }
        assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.SECONDS.toNanos(5));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !api.get("/v1/kv/lock").json().get(0).has("Session"));
        assertThat(api.put("/v1/session/renew/" + id, "").status()).isEqualTo(404);
    }

    @Test
    void service_that_is_critical_for_too_long_is_removed() throws Exception {
        api.put(
                "/v1/agent/service/register",
                "{\"Name\":\"gone\",\"Check\":{\"TTL\":\"100ms\",\"DeregisterCriticalServiceAfter\":\"200ms\"}}");
        api.put("/v1/agent/service/register", "{\"Name\":\"stays\",\"Check\":{\"TTL\":\"100ms\"}}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/v1/agent/services").body().startsWith("{\"stays\""));
    }

    @Test
    void tcp_check_follows_the_port() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            api.put(
                    "/v1/agent/service/register",
                    "{\"Name\":\"s\",\"Check\":{\"TCP\":\"127.0.0.1:%d\",\"Interval\":\"50ms\",\"Timeout\":\"1s\"}}"
                            .formatted(socket.getLocalPort()));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> api.get("/v1/health/service/s?passing").json().size() == 1);
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/v1/health/service/s?passing").json().size() == 0);
    }

    @Test
    void check_changes_its_mind_only_after_the_failures_it_was_given() throws Exception {
        api.put("/v1/agent/service/register", """
                {"Name":"s","Check":{"TCP":"127.0.0.1:1","Interval":"20ms","Timeout":"1s",
                 "Status":"passing","FailuresBeforeCritical":1000}}
                """);
        long before = metric("tricolor_consul_checks_executed_total");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> metric("tricolor_consul_checks_executed_total") > before + 5);
        assertThat(api.get("/v1/health/service/s?passing").json().size()).isEqualTo(1);
    }

    @Test
    void replacing_checks_drops_those_that_are_not_named() throws Exception {
        String two = "{\"Name\":\"s\",\"Checks\":[{\"TTL\":\"60s\"},{\"TTL\":\"60s\"}]}";
        api.put("/v1/agent/service/register", two);
        assertThat(api.get("/v1/health/checks/s").json().size()).isEqualTo(2);
        api.put("/v1/agent/service/register", "{\"Name\":\"s\",\"Check\":{\"TTL\":\"60s\"}}");
        assertThat(api.get("/v1/health/checks/s").json().size()).isEqualTo(3);
        api.put("/v1/agent/service/register?replace-existing-checks", "{\"Name\":\"s\",\"Check\":{\"TTL\":\"60s\"}}");
        assertThat(api.get("/v1/health/checks/s").json().size()).isEqualTo(1);
    }

    @Test
    void state_and_indexes_survive_a_restart_and_a_compaction() throws Exception {
        for (int i = 0; i < 300; i++) {
            api.put("/v1/kv/churn", "value " + i);
        }
        api.put("/v1/kv/tree/a", "1");
        api.put("/v1/kv/tree/b", "1");
        api.delete("/v1/kv/tree/b");
        api.put(
                "/v1/agent/service/register",
                "{\"Name\":\"s\",\"Tags\":[\"t\"],\"Meta\":{\"k\":\"v\"},\"Check\":{\"TTL\":\"60s\"}}");
        api.put("/v1/agent/check/pass/service:s", "");
        api.put("/v1/agent/service/register", "{\"Name\":\"gone\"}");
        api.put("/v1/agent/service/deregister/gone", "");
        String session = api.put("/v1/session/create", "{\"LockDelay\":\"30s\"}")
                .json()
                .get("ID")
                .stringValue();
        api.put("/v1/kv/lock?acquire=" + session, "x");
        List<String> paths = List.of(
                "/v1/kv/?recurse",
                "/v1/kv/tree/?recurse",
                "/v1/kv/tree/b",
                "/v1/health/service/s?passing",
                "/v1/health/service/gone",
                "/v1/catalog/services",
                "/v1/session/list");
        List<Answer> before = new ArrayList<>();
        for (String path : paths) {
            before.add(api.get(path));
        }
        assertThat(metric("tricolor_consul_log_bytes")).as("compacted").isLessThan(25_000);
        consul.close();
        start();
        for (int i = 0; i < paths.size(); i++) {
            assertThat(api.get(paths.get(i))).as(paths.get(i)).isEqualTo(before.get(i));
        }
        long last = metric("tricolor_consul_index");
        api.put("/v1/kv/after", "x");
        assertThat(api.get("/v1/kv/after").index()).isEqualTo(last + 1);
        api.put("/v1/session/destroy/" + session, "");
        assertThat(api.put("/v1/kv/lock?acquire=" + newSession(), "y").body()).isEqualTo("false");
        consul.close();
        start();
        assertThat(api.put("/v1/kv/lock?acquire=" + newSession(), "y").body())
                .as("lock delay")
                .isEqualTo("false");
    }

    @Test
    void data_directory_and_port_are_used_once() throws Exception {
        assertThatThrownBy(() -> LocalConsul.start(Settings.of(0, dir)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use by another local-consul");
        Path other = dir.resolve("other");
        assertThatThrownBy(() -> LocalConsul.start(Settings.of(consul.uri().getPort(), other)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("port " + consul.uri().getPort());
        LocalConsul.start(Settings.of(0, other)).close();
    }

    @Test
    void it_says_that_it_is_not_consul() throws Exception {
        assertThat(api.get("/").body()).contains("not Consul");
    }

    private String newSession() throws Exception {
        return api.put("/v1/session/create", "{}").json().get("ID").stringValue();
    }

    private long metric(String name) throws Exception {
        Matcher line = Pattern.compile("(?m)^" + name + "(?:\\{.*})? (\\S+)$")
                .matcher(api.get("/metrics").body());
        assertThat(line.find()).as(name).isTrue();
        return (long) Double.parseDouble(line.group(1));
    }
}
