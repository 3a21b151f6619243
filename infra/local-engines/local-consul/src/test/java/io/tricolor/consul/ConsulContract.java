package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.consul.Api.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import tools.jackson.databind.JsonNode;

/**
 * What Tricolor expects of the Consul API, from outside. Run against local-consul, and against a real agent where there
 * is one. Its tests mostly wait, so they run at the same time; each has names of its own.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
abstract class ConsulContract {
    /** The base address of the agent under test. */
    abstract URI agent();

    private final String unique = "contract-" + UUID.randomUUID();
    private final String kv = "/v1/kv/" + unique;
    private final List<String> registered = new ArrayList<>();
    Api api;

    @BeforeEach
    void connect() {
        api = new Api(agent());
    }

    @AfterEach
    void clean() throws Exception {
        api.delete(kv + "?recurse");
        for (String id : registered) {
            api.put("/v1/agent/service/deregister/" + id, "");
        }
    }

    @Test
    void agent_knows_its_leader_itself_and_its_datacenter() throws Exception {
        assertThat(api.get("/v1/status/leader").json().stringValue()).contains(":");
        assertThat(api.get("/v1/status/peers").json().isArray()).isTrue();
        JsonNode config = api.get("/v1/agent/self").json().get("Config");
        String dc = config.get("Datacenter").stringValue();
        assertThat(api.get("/v1/catalog/datacenters").json().toString()).contains(dc);
        Answer nodes = api.get("/v1/catalog/nodes?dc=" + dc);
        assertThat(nodes.json().get(0).get("Node").stringValue())
                .isEqualTo(config.get("NodeName").stringValue());
        assertThat(nodes.index()).isPositive();
        Answer elsewhere = api.get("/v1/catalog/nodes?dc=elsewhere");
        assertThat(elsewhere.status()).isEqualTo(500);
        assertThat(elsewhere.body()).contains("No path to datacenter");
    }

    @Test
    void key_is_set_read_raw_and_deleted() throws Exception {
        assertThat(api.get(kv + "/a").status()).isEqualTo(404);
        assertThat(api.put(kv + "/a?flags=42", "héllo").body().strip()).isEqualTo("true");
        Answer read = api.get(kv + "/a");
        JsonNode entry = read.json().get(0);
        assertThat(entry.get("Key").stringValue()).isEqualTo(unique + "/a");
        assertThat(entry.get("Value").stringValue()).isEqualTo(Api.base64("héllo"));
        assertThat(entry.get("Flags").longValue()).isEqualTo(42);
        assertThat(entry.get("LockIndex").longValue()).isZero();
        assertThat(entry.get("CreateIndex").longValue())
                .isEqualTo(entry.get("ModifyIndex").longValue());
        assertThat(read.index()).isEqualTo(entry.get("ModifyIndex").longValue());
        assertThat(api.get(kv + "/a?raw").body()).isEqualTo("héllo");

        api.put(kv + "/a", "");
        JsonNode changed = api.get(kv + "/a").json().get(0);
        assertThat(changed.get("Value").isNull()
                        || changed.get("Value").stringValue().isEmpty())
                .isTrue();
        assertThat(changed.get("CreateIndex").longValue())
                .isEqualTo(entry.get("CreateIndex").longValue());
        assertThat(changed.get("ModifyIndex").longValue())
                .isGreaterThan(entry.get("ModifyIndex").longValue());

        assertThat(api.delete(kv + "/a").body().strip()).isEqualTo("true");
        assertThat(api.delete(kv + "/a").body().strip()).isEqualTo("true");
        assertThat(api.get(kv + "/a").status()).isEqualTo(404);
    }

    @Test
    void tree_and_keys_are_listed_in_order() throws Exception {
        for (String key : List.of("c", "a/2", "a/1", "b/x/y")) {
            api.put(kv + "/" + key, key);
        }
        assertThat(api.get(kv + "/?recurse")
                        .json()
                        .valueStream()
                        .map(e -> e.get("Key").stringValue()))
                .containsExactly(unique + "/a/1", unique + "/a/2", unique + "/b/x/y", unique + "/c");
        assertThat(api.get(kv + "/?keys&separator=/").json().valueStream().map(JsonNode::stringValue))
                .containsExactly(unique + "/a/", unique + "/b/", unique + "/c");
        assertThat(api.get(kv + "/a?keys").json().valueStream().map(JsonNode::stringValue))
                .containsExactly(unique + "/a/1", unique + "/a/2");
        assertThat(api.get(kv + "/nothing?recurse").status()).isEqualTo(404);
        assertThat(api.get(kv + "/nothing?keys").status()).isEqualTo(404);
        api.delete(kv + "/a?recurse");
        assertThat(api.get(kv + "/?keys").json().size()).isEqualTo(2);
    }

    @Test
    void check_and_set_takes_only_the_index_that_is_current() throws Exception {
        assertThat(api.put(kv + "/cas?cas=7", "x").body().strip()).isEqualTo("false");
        assertThat(api.put(kv + "/cas?cas=0", "first").body().strip()).isEqualTo("true");
        assertThat(api.put(kv + "/cas?cas=0", "again").body().strip()).isEqualTo("false");
        long index = modifyIndex(kv + "/cas");
        assertThat(api.put(kv + "/cas?cas=" + index, "second").body().strip()).isEqualTo("true");
        assertThat(api.put(kv + "/cas?cas=" + index, "stale").body().strip()).isEqualTo("false");
        assertThat(api.get(kv + "/cas?raw").body()).isEqualTo("second");
        assertThat(api.delete(kv + "/cas?cas=" + index).body().strip()).isEqualTo("false");
        assertThat(api.delete(kv + "/cas?cas=0").body().strip()).isEqualTo("false");
        assertThat(api.delete(kv + "/cas?cas=" + modifyIndex(kv + "/cas"))
                        .body()
                        .strip())
                .isEqualTo("true");
        assertThat(api.get(kv + "/cas").status()).isEqualTo(404);
    }

    @Test
    void concurrent_check_and_set_loses_no_update() throws Exception {
        int threads = 8;
        int increments = 25;
        api.put(kv + "/counter", "0");
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                results.add(pool.submit(() -> {
                    int done = 0;
                    while (done < increments) {
                        JsonNode entry = api.get(kv + "/counter").json().get(0);
                        int value =
                                Integer.parseInt(new String(entry.get("Value").binaryValue(), StandardCharsets.UTF_8));
                        String path =
                                kv + "/counter?cas=" + entry.get("ModifyIndex").longValue();
                        if (api.put(path, Integer.toString(value + 1))
                                .body()
                                .strip()
                                .equals("true")) {
                            done++;
                        }
                    }
                    return done;
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(increments);
            }
        }
        assertThat(api.get(kv + "/counter?raw").body()).isEqualTo(Integer.toString(threads * increments));
    }

    @Test
    void bad_requests_are_refused() throws Exception {
        assertThat(api.put("/v1/kv/", "x").status()).isEqualTo(400);
        assertThat(api.put(kv + "/a?cas=0&acquire=x", "x").status()).isEqualTo(400);
        assertThat(api.put(kv + "/a?cas=x", "x").status()).isIn(400, 500);
        assertThat(api.get(kv + "/a?index=x").status()).isEqualTo(400);
        assertThat(api.get(kv + "/a?index=1&wait=soon").status()).isEqualTo(400);
        assertThat(api.put(kv + "/large", "x".repeat((512 << 10) + 1)).status()).isEqualTo(413);
        assertThat(api.put(kv + "/large", "x".repeat(512 << 10)).status()).isEqualTo(200);
        assertThat(api.put(kv + "/a?acquire=" + UUID.randomUUID(), "x").status())
                .isEqualTo(500);
        assertThat(api.put("/v1/agent/service/register", "{").status()).isEqualTo(400);
        assertThat(api.put("/v1/agent/service/register", "{\"ID\":\"x\"}").status())
                .isEqualTo(400);
        assertThat(api.put("/v1/agent/service/deregister/" + unique, "").status())
                .isIn(200, 404); // 404 from 1.11 on
        assertThat(api.put("/v1/agent/check/pass/" + unique, "").status()).isIn(404, 500);
        assertThat(api.get(kv + "/a").status()).isEqualTo(404);
    }

    @Test
    void blocking_read_of_a_key_ends_with_its_change() throws Exception {
        api.put(kv + "/watched", "1");
        long index = api.get(kv + "/watched").index();
        CompletableFuture<Answer> watch = api.getAsync(kv + "/watched?wait=30s&index=" + index);
        api.put(kv + "/other", "x");
        assertPending(watch);
        api.put(kv + "/watched", "2");
        Answer changed = watch.get(30, TimeUnit.SECONDS);
        assertThat(changed.index()).isGreaterThan(index);
        assertThat(changed.json().get(0).get("Value").stringValue()).isEqualTo(Api.base64("2"));
    }

    @Test
    void blocking_read_ends_after_its_wait_with_what_is_there() throws Exception {
        api.put(kv + "/quiet", "1");
        long index = api.get(kv + "/quiet").index();
        long start = System.nanoTime();
        Answer same = api.get(kv + "/quiet?wait=500ms&index=" + index);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(500));
        assertThat(same.status()).isEqualTo(200);
        assertThat(same.index()).isEqualTo(index);
    }

    @Test
    void blocking_read_with_an_index_from_the_future_waits() throws Exception {
        api.put(kv + "/a", "1");
        long future = api.get(kv + "/a").index() + 1_000_000;
        CompletableFuture<Answer> watch = api.getAsync(kv + "/a?wait=8s&index=" + future);
        assertPending(watch);
        api.put(kv + "/a", "2");
        assertPending(watch);
        Answer late = watch.get(30, TimeUnit.SECONDS);
        assertThat(late.json().get(0).get("Value").stringValue()).isEqualTo(Api.base64("2"));
        assertThat(late.index()).isLessThan(future);
    }

    /** Alone: a real agent also answers it, with nothing, when any other key changes. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    void blocking_read_of_what_does_not_exist_waits_until_it_does() throws Exception {
        long index = api.get(kv + "/later").index();
        assertThat(index).isPositive();
        CompletableFuture<Answer> watch = api.getAsync(kv + "/later?wait=30s&index=" + index);
        assertPending(watch);
        api.put(kv + "/later", "here");
        assertThat(watch.get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
    }

    @Test
    void index_of_a_tree_moves_only_with_the_tree_and_also_when_its_newest_key_goes() throws Exception {
        api.put(kv + "/one/a", "1");
        api.put(kv + "/one/b", "1");
        long index = api.get(kv + "/one/?recurse").index();
        api.put(kv + "/two/a", "1");
        assertThat(api.get(kv + "/one/?recurse").index()).isEqualTo(index);
        CompletableFuture<Answer> watch = api.getAsync(kv + "/one/?recurse&wait=30s&index=" + index);
        assertPending(watch);
        api.delete(kv + "/one/b");
        Answer changed = watch.get(30, TimeUnit.SECONDS);
        assertThat(changed.index()).isGreaterThan(index);
        assertThat(changed.json().size()).isEqualTo(1);
    }

    @Test
    void session_holds_a_key_until_it_gives_it_back() throws Exception {
        String one = session("{\"LockDelay\":\"0s\",\"Name\":\"one\"}");
        String two = session("{\"LockDelay\":\"0s\"}");
        assertThat(api.put(kv + "/lock?acquire=" + one, "1").body().strip()).isEqualTo("true");
        assertThat(api.put(kv + "/lock?acquire=" + two, "2").body().strip()).isEqualTo("false");
        assertThat(api.put(kv + "/lock?acquire=" + one, "1b").body().strip()).isEqualTo("true");
        JsonNode held = api.get(kv + "/lock").json().get(0);
        assertThat(held.get("Session").stringValue()).isEqualTo(one);
        assertThat(held.get("LockIndex").longValue()).isEqualTo(1);
        assertThat(api.put(kv + "/lock?release=" + two, "2").body().strip()).isEqualTo("false");
        assertThat(api.put(kv + "/lock?release=" + one, "1c").body().strip()).isEqualTo("true");
        assertThat(api.get(kv + "/lock").json().get(0).has("Session")).isFalse();
        assertThat(api.put(kv + "/lock?acquire=" + two, "2").body().strip()).isEqualTo("true");
        assertThat(api.get(kv + "/lock").json().get(0).get("LockIndex").longValue())
                .isEqualTo(2);
        assertThat(api.put(kv + "/lock", "anyone").body().strip()).isEqualTo("true");
        assertThat(api.get(kv + "/lock").json().get(0).get("Session").stringValue())
                .isEqualTo(two);
        destroy(one);
        destroy(two);
    }

    @Test
    void end_of_a_session_releases_or_deletes_its_keys_and_delays_the_next() throws Exception {
        String delaying = session("{\"LockDelay\":\"5s\"}");
        String deleting = session("{\"LockDelay\":\"0s\",\"Behavior\":\"delete\"}");
        String next = session("{\"LockDelay\":\"0s\"}");
        api.put(kv + "/kept?acquire=" + delaying, "x");
        api.put(kv + "/deleted?acquire=" + deleting, "x");
        long index = api.get(kv + "/?recurse").index();
        CompletableFuture<Answer> watch = api.getAsync(kv + "/?recurse&wait=30s&index=" + index);
        destroy(deleting);
        watch.get(30, TimeUnit.SECONDS);
        assertThat(api.get(kv + "/deleted").status()).isEqualTo(404);
        destroy(delaying);
        assertThat(api.get(kv + "/kept").json().get(0).has("Session")).isFalse();
        assertThat(api.put(kv + "/kept?acquire=" + next, "y").body().strip()).isEqualTo("false");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.put(kv + "/kept?acquire=" + next, "y")
                        .body()
                        .strip()
                        .equals("true"));
        destroy(next);
    }

    @Test
    void sessions_are_listed_renewed_and_forgotten() throws Exception {
        String id = session("{\"TTL\":\"30s\",\"Name\":\"" + unique + "\"}");
        JsonNode info = api.get("/v1/session/info/" + id).json().get(0);
        assertThat(info.get("Name").stringValue()).isEqualTo(unique);
        assertThat(info.get("TTL").stringValue()).isEqualTo("30s");
        assertThat(info.get("Behavior").stringValue()).isEqualTo("release");
        assertThat(info.get("LockDelay").longValue()).isEqualTo(15_000_000_000L);
        assertThat(api.put("/v1/session/renew/" + id, "")
                        .json()
                        .get(0)
                        .get("ID")
                        .stringValue())
                .isEqualTo(id);
        assertThat(api.get("/v1/session/list").body()).contains(id);
        destroy(id);
        destroy(id);
        assertThat(api.get("/v1/session/info/" + id).json().size()).isZero();
        assertThat(api.put("/v1/session/renew/" + id, "").status()).isEqualTo(404);
        assertThat(api.put("/v1/session/create", "{\"TTL\":\"1s\"}").status()).isGreaterThanOrEqualTo(400);
    }

    @Test
    void session_ends_when_the_check_it_depends_on_is_critical() throws Exception {
        register("{\"Name\":\"%s\",\"Check\":{\"CheckID\":\"%s-ttl\",\"TTL\":\"60s\",\"Status\":\"passing\"}}"
                .formatted(unique, unique));
        String id = session("{\"LockDelay\":\"0s\",\"ServiceChecks\":[{\"ID\":\"" + unique + "-ttl\"}]}");
        assertThat(api.put(kv + "/leader?acquire=" + id, "me").body().strip()).isEqualTo("true");
        api.put("/v1/agent/check/fail/" + unique + "-ttl", "");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/v1/session/info/" + id).json().size() == 0);
        assertThat(api.get(kv + "/leader").json().get(0).has("Session")).isFalse();
    }

    @Test
    void transaction_does_all_or_nothing() throws Exception {
        Answer done = api.put("/v1/txn", """
                [{"KV":{"Verb":"check-not-exists","Key":"%1$s/t"}},
                 {"KV":{"Verb":"set","Key":"%1$s/t","Value":"%2$s"}},
                 {"KV":{"Verb":"set","Key":"%1$s/u","Value":"%2$s"}},
                 {"KV":{"Verb":"get-tree","Key":"%1$s/"}}]
                """.formatted(unique, Api.base64("v")));
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.json().get("Results").size()).isEqualTo(4);
        assertThat(done.json().get("Results").get(3).get("KV").get("Value").stringValue())
                .isEqualTo(Api.base64("v"));
        assertThat(modifyIndex(kv + "/t")).isEqualTo(modifyIndex(kv + "/u"));
        Answer refused = api.put("/v1/txn", """
                [{"KV":{"Verb":"set","Key":"%1$s/t","Value":"%2$s"}},
                 {"KV":{"Verb":"delete","Key":"%1$s/u"}},
                 {"KV":{"Verb":"cas","Key":"%1$s/u","Index":1,"Value":"%2$s"}}]
                """.formatted(unique, Api.base64("w")));
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().get("Errors").get(0).get("OpIndex").intValue())
                .isEqualTo(2);
        assertThat(api.get(kv + "/t?raw").body()).isEqualTo("v");
        assertThat(api.get(kv + "/u?raw").body()).isEqualTo("v");
    }

    @Test
    void service_is_critical_until_its_heartbeat_and_gone_after_deregistration() throws Exception {
        register("""
                {"ID":"%1$s-1","Name":"%1$s","Tags":["blue","v1"],"Address":"127.0.0.1","Port":4711,
                 "Meta":{"tricolor-cluster":"A"},"Check":{"TTL":"60s"}}
                """.formatted(unique));
        registered.set(0, unique + "-1");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("").size() == 1);
        JsonNode entry = health("").get(0);
        assertThat(entry.get("Service").get("ID").stringValue()).isEqualTo(unique + "-1");
        assertThat(entry.get("Service").get("Port").intValue()).isEqualTo(4711);
        assertThat(entry.get("Service").get("Address").stringValue()).isEqualTo("127.0.0.1");
        assertThat(entry.get("Service").get("Meta").get("tricolor-cluster").stringValue())
                .isEqualTo("A");
        assertThat(entry.get("Node").get("Address").stringValue()).isNotEmpty();
        assertThat(entry.get("Checks").valueStream().map(c -> c.get("CheckID").stringValue()))
                .contains("serfHealth", "service:" + unique + "-1");
        assertThat(statusOf("service:" + unique + "-1")).isEqualTo("critical");
        assertThat(health("?passing").size()).isZero();

        api.put("/v1/agent/check/pass/service:" + unique + "-1?note=fine", "");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        assertThat(health("?passing&tag=blue").size()).isEqualTo(1);
        assertThat(health("?passing&tag=red").size()).isZero();
        assertThat(health("?passing&tag=blue&tag=v1").size()).isEqualTo(1);
        assertThat(health("?passing&tag=blue&tag=red").size()).isZero();
        api.put("/v1/agent/check/warn/service:" + unique + "-1", "");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 0);
        api.put("/v1/agent/check/update/service:" + unique + "-1", "{\"Status\":\"passing\",\"Output\":\"well\"}");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);

        assertThat(api.get("/v1/catalog/services")
                        .json()
                        .get(unique)
                        .valueStream()
                        .map(JsonNode::stringValue))
                .containsExactlyInAnyOrder("blue", "v1");
        JsonNode catalog = api.get("/v1/catalog/service/" + unique).json().get(0);
        assertThat(catalog.get("ServiceID").stringValue()).isEqualTo(unique + "-1");
        assertThat(catalog.get("ServicePort").intValue()).isEqualTo(4711);
        assertThat(api.get("/v1/agent/services")
                        .json()
                        .get(unique + "-1")
                        .get("Service")
                        .stringValue())
                .isEqualTo(unique);
        assertThat(api.get("/v1/agent/checks").json().has("service:" + unique + "-1"))
                .isTrue();
        assertThat(api.get("/v1/health/checks/" + unique).json().size()).isEqualTo(1);
        assertThat(api.get("/v1/health/state/passing").body()).contains("service:" + unique + "-1");

        api.put("/v1/agent/service/deregister/" + unique + "-1", "");
        registered.clear();
        await().atMost(Duration.ofSeconds(30)).until(() -> health("").size() == 0);
        assertThat(api.get("/v1/catalog/services").json().has(unique)).isFalse();
    }

    @Test
    void registering_again_keeps_what_the_check_said() throws Exception {
        String definition = "{\"Name\":\"%s\",\"Port\":%d,\"Check\":{\"TTL\":\"60s\"}}";
        register(definition.formatted(unique, 1));
        api.put("/v1/agent/check/pass/service:" + unique, "");
        register(definition.formatted(unique, 2));
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            JsonNode passing = health("?passing");
            return passing.size() == 1
                    && passing.get(0).get("Service").get("Port").intValue() == 2;
        });
    }

    @Test
    void heartbeat_that_stays_away_makes_a_service_critical_and_wakes_who_watches() throws Exception {
        register("{\"Name\":\"%s\",\"Check\":{\"TTL\":\"5s\",\"Status\":\"passing\"}}".formatted(unique));
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        Answer before = api.get("/v1/health/service/" + unique + "?passing");
        CompletableFuture<Answer> watch =
                api.getAsync("/v1/health/service/" + unique + "?passing&wait=30s&index=" + before.index());
        Answer after = watch.get(20, TimeUnit.SECONDS);
        assertThat(after.json().size()).isZero();
        assertThat(after.index()).isGreaterThan(before.index());
    }

    @Test
    void http_check_follows_the_status_of_the_service() throws Exception {
        AtomicInteger status = new AtomicInteger(200);
        HttpServer service = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        service.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        service.start();
        try {
            register("""
                    {"Name":"%s","Check":{"HTTP":"http://127.0.0.1:%d/health","Interval":"1s","Timeout":"1s"}}
                    """.formatted(unique, service.getAddress().getPort()));
            awaitStatus("passing");
            status.set(429);
            awaitStatus("warning");
            status.set(503);
            awaitStatus("critical");
            status.set(204);
            awaitStatus("passing");
        } finally {
            service.stop(0);
        }
        awaitStatus("critical");
    }

    @Test
    void maintenance_takes_a_service_out_and_back() throws Exception {
        register("{\"Name\":\"%s\"}".formatted(unique));
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        api.put("/v1/agent/service/maintenance/" + unique + "?enable=true&reason=upgrade", "");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 0);
        assertThat(api.get("/v1/agent/checks")
                        .json()
                        .get("_service_maintenance:" + unique)
                        .get("Notes")
                        .stringValue())
                .isEqualTo("upgrade");
        api.put("/v1/agent/service/maintenance/" + unique + "?enable=false", "");
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        assertThat(api.put("/v1/agent/service/maintenance/" + unique, "").status())
                .isEqualTo(400);
    }

    /** Alone: it takes the services of the other tests out as well. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    void maintenance_of_the_node_takes_all_services_out_and_back() throws Exception {
        register("""
                {"Name":"%s","Check":{"TTL":"60s","Status":"passing","DeregisterCriticalServiceAfter":"1m"}}
                """.formatted(unique));
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        api.put("/v1/agent/maintenance?enable=true&reason=upgrade", "");
        try {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> health("?passing").size() == 0);
            assertThat(statusOf("_node_maintenance")).isEqualTo("critical");
        } finally {
            api.put("/v1/agent/maintenance?enable=false", "");
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
    }

    @Test
    void check_is_added_to_and_taken_from_a_service() throws Exception {
        register("{\"Name\":\"%s\"}".formatted(unique));
        api.put(
                "/v1/agent/check/register",
                "{\"ID\":\"%1$s-x\",\"Name\":\"x\",\"ServiceID\":\"%1$s\",\"TTL\":\"60s\"}".formatted(unique));
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 0);
        assertThat(api.put("/v1/agent/check/deregister/" + unique + "-x", "").status())
                .isEqualTo(200);
        await().atMost(Duration.ofSeconds(30)).until(() -> health("?passing").size() == 1);
        assertThat(api.put("/v1/agent/check/deregister/" + unique + "-x", "").status())
                .isIn(200, 404);
    }

    @Test
    void an_event_is_told_to_who_listens() throws Exception {
        String name = unique;
        Api.Answer fired = api.put("/v1/event/fire/" + name + "?node=.*", "hello");
        assertThat(fired.status()).isEqualTo(200);
        JsonNode event = fired.json();
        assertThat(event.path("Name").asString()).isEqualTo(name);
        assertThat(event.path("Payload").asString()).isEqualTo(Api.base64("hello"));
        assertThat(event.path("NodeFilter").asString()).isEqualTo(".*");
        assertThat(api.put("/v1/event/fire/" + name + "?service=nobody-has-this", "")
                        .status())
                .isEqualTo(200);
        assertThat(event.path("Version").asInt()).isEqualTo(1);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/v1/event/list?name=" + name).json().size() == 1);
        Api.Answer heard = api.get("/v1/event/list?name=" + name);
        assertThat(heard.json().get(0).path("ID")).isEqualTo(event.path("ID"));
        CompletableFuture<Api.Answer> next =
                api.getAsync("/v1/event/list?name=" + name + "&wait=30s&index=" + Long.toUnsignedString(heard.index()));
        api.put("/v1/event/fire/" + unique + "-other", "");
        api.put("/v1/event/fire/" + name, "");
        assertThat(next.get(30, TimeUnit.SECONDS).json()).hasSize(2);
        assertThat(next.get().json().get(1).path("Payload").isNull()).isTrue();
        assertThat(next.get().index()).isNotEqualTo(heard.index());
    }

    @Test
    void answers_are_filtered_as_consul_filters_them() throws Exception {
        List<String> bodies = List.of(
                "{\"ID\":\"%s-1\",\"Name\":\"%s\",\"Tags\":[\"blue\",\"v1\"],\"Address\":\"127.0.0.1\",\"Port\":4711,"
                        + "\"Meta\":{\"tricolor-cluster\":\"A\",\"group\":\"shop\"},\"Check\":{\"TTL\":\"60s\",\"Status\":\"passing\"}}",
                "{\"ID\":\"%s-2\",\"Name\":\"%s\",\"Port\":4712,\"Meta\":{\"tricolor-cluster\":\"B\"},\"Check\":{\"TTL\":\"60s\"}}",
                "{\"ID\":\"%s-3\",\"Name\":\"%s\",\"Port\":4713}");
        for (int i = 0; i < bodies.size(); i++) {
            register(bodies.get(i).formatted(unique, unique));
            registered.add(unique + "-" + (i + 1));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> health("").size() == 3);
        filtered("Service.Tags contains blue", 1);
        filtered("Service.Meta.group matches `^sh.p$` and group in Service.Meta", 1);
        filtered("Service.Meta.group not matches `^sh`", 2, 3);
        filtered("Service.Meta.group matches `^sh`", 1, 2, 3);
        filtered("Service.ID matches `-[13]$`", 1, 3);
        filtered("blue in Service.Tags", 1);
        filtered("Service.Tags not contains blue", 2, 3);
        filtered("Service.Tags is empty", 2, 3);
        filtered("Service.Tags is not empty", 1);
        filtered("Service.Meta[\"tricolor-cluster\"] == A", 1);
        filtered("Service.Meta[ `tricolor-cluster` ] != A", 2, 3);
        filtered("Service.Meta.group == \"shop\"", 1);
        filtered("Service.Meta.group != \"shop\"", 2, 3);
        filtered("sho in Service.Meta.group", 1);
        filtered("sho not in Service.Meta.group", 2, 3);
        filtered("Service.Meta.nothing == \"\"");
        filtered("group in Service.Meta", 1);
        filtered("\"tricolor-cluster\" not in Service.Meta", 3);
        filtered("Service.Meta is empty", 3);
        filtered("Service.Port==4711", 1);
        filtered("Service.Port != \"4711\"", 2, 3);
        filtered("Service.Address == \"\"", 2, 3);
        filtered("Service.Address contains \"0.0\"", 1);
        filtered("Service.EnableTagOverride != true", 1, 2, 3);
        filtered("Service.Weights.Passing == 1", 1, 2, 3);
        filtered("Checks.Status == critical", 2);
        filtered("Checks.Status != passing", 2);
        filtered("not Checks.Status == critical", 1, 3);
        filtered("Checks is empty");
        filtered("Checks.ServiceTags contains blue", 1);
        filtered("blue not in Checks.ServiceTags", 1, 2, 3);
        filtered("Checks.CheckID == \"service:" + unique + "-2\"", 2);
        filtered("Node.Address == \"127.0.0.1\" and Node.TaggedAddresses.lan == \"127.0.0.1\"", 1, 2, 3);
        filtered("Service.Port == 4711 or Service.Port == 4712 and Service.Tags is empty", 1, 2);
        filtered("(Service.Port == 4711 or Service.Port == 4712) and Service.Tags is empty", 2);
        filtered("not Service.Port == 4711 and Service.Port == 4712", 2);
        filtered(" not ( not ((Service.Port == 4711)) ) ", 1);

        assertThat(filteredAnswer("/v1/health/service/" + unique + "?passing&filter=", "Service.Meta is not empty")
                        .json()
                        .size())
                .isEqualTo(1);
        assertThat(filteredAnswer(
                                "/v1/catalog/service/" + unique + "?filter=",
                                "ServiceMeta.group == shop or ServicePort == 4713")
                        .json()
                        .valueStream()
                        .map(service -> service.get("ServiceID").stringValue()))
                .containsExactlyInAnyOrder(unique + "-1", unique + "-3");
        assertThat(filteredAnswer("/v1/agent/services?filter=", "Service == \"" + unique + "\" and Tags is empty")
                        .json()
                        .propertyNames())
                .containsExactlyInAnyOrder(unique + "-2", unique + "-3");
        assertThat(filteredAnswer("/v1/agent/checks?filter=", "ServiceName == \"" + unique + "\" and Status != passing")
                        .json()
                        .propertyNames())
                .containsExactly("service:" + unique + "-2");
        assertThat(filteredAnswer("/v1/health/checks/" + unique + "?filter=", "Status == passing")
                        .json()
                        .size())
                .isEqualTo(1);

        for (String refused : List.of(
                "Service.Nope == 1",
                "Service == x",
                "Service.Tags == blue",
                "Service.Port == x",
                "Service.Port contains 1",
                "Service.Address is empty",
                "Service.EnableTagOverride == maybe",
                "Service.Meta.a.b == 1",
                "Service.Meta.tricolor-cluster == A",
                "Service.ID in x",
                "Service.ID == 'x'",
                "Service.ID == \"x",
                "Service.ID == 127.0.0.1",
                "Service.ID == x and",
                "Service.ID == x AND Service.Port == 1",
                "Service.ID == x)",
                "(Service.ID == x",
                "Service.ID",
                "or")) {
            assertThat(filteredAnswer("/v1/health/service/" + unique + "?filter=", refused)
                            .status())
                    .as(refused)
                    .isIn(400, 500); // a real agent says 500, which is not the fault of the caller
        }
    }

    @Test
    void blocking_read_with_a_filter_wakes_when_the_service_changes() throws Exception {
        register("{\"Name\":\"%s\",\"Tags\":[\"old\"]}".formatted(unique));
        await().atMost(Duration.ofSeconds(30)).until(() -> health("").size() == 1);
        String path = "/v1/health/service/" + unique + "?filter=" + encoded("Service.Tags contains new");
        Answer before = api.get(path);
        assertThat(before.json().size()).isZero();
        CompletableFuture<Answer> watch = api.getAsync(path + "&wait=30s&index=" + before.index());
        assertPending(watch);
        register("{\"Name\":\"%s\",\"Tags\":[\"new\"]}".formatted(unique));
        assertThat(watch.get(30, TimeUnit.SECONDS).json().size()).isEqualTo(1);
    }

    private void filtered(String filter, int... numbers) throws Exception {
        Answer answer = filteredAnswer("/v1/health/service/" + unique + "?filter=", filter);
        assertThat(answer.status()).as(filter + ": " + answer.body()).isEqualTo(200);
        assertThat(answer.json()
                        .valueStream()
                        .map(entry -> entry.get("Service").get("ID").stringValue()))
                .as(filter)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.of(numbers).mapToObj(i -> unique + "-" + i).toList());
    }

    private Answer filteredAnswer(String path, String filter) throws Exception {
        return api.get(path + encoded(filter));
    }

    private static String encoded(String filter) {
        return URLEncoder.encode(filter, StandardCharsets.UTF_8);
    }

    private void register(String body) throws IOException, InterruptedException {
        Answer answer = api.put("/v1/agent/service/register", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        if (!registered.contains(unique)) {
            registered.add(unique);
        }
    }

    private JsonNode health(String query) throws IOException, InterruptedException {
        return api.get("/v1/health/service/" + unique + query).json();
    }

    private void awaitStatus(String status) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(statusOf("service:" + unique)).isEqualTo(status));
    }

    private String statusOf(String checkId) throws IOException, InterruptedException {
        return api.get("/v1/agent/checks").json().get(checkId).get("Status").stringValue();
    }

    private String session(String body) throws IOException, InterruptedException {
        return api.put("/v1/session/create", body).json().get("ID").stringValue();
    }

    private void destroy(String id) throws IOException, InterruptedException {
        assertThat(api.put("/v1/session/destroy/" + id, "").body().strip()).isEqualTo("true");
    }

    private long modifyIndex(String path) throws IOException, InterruptedException {
        return api.get(path).json().get(0).get("ModifyIndex").longValue();
    }

    private static void assertPending(CompletableFuture<Answer> watch) throws Exception {
        try {
            Answer early = watch.get(300, TimeUnit.MILLISECONDS);
            throw new AssertionError("the blocking read ended early: " + early);
        } catch (TimeoutException expected) {
            assertThat(watch).isNotDone();
        }
    }

    @Test
    void flags_are_understood_as_clients_in_several_languages_write_them() throws Exception {
        api.put("/v1/kv/" + unique + "-flags/a", "1");
        for (String flag : List.of("recurse", "recurse=1", "recurse=True", "recurse=true")) {
            assertThat(api.get("/v1/kv/" + unique + "-flags?" + flag).json())
                    .as(flag)
                    .hasSize(1);
        }
        assertThat(api.get("/v1/health/service/" + unique + "-nobody?passing=maybe")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void the_agent_tells_its_members_and_the_health_of_its_services() throws Exception {
        assertThat(api.get("/v1/agent/members").json().path(0).path("Status").intValue())
                .isEqualTo(1);
        String id = unique + "-health-1";
        String name = unique + "-health";
        String path = "/v1/agent/health/service/";
        assertThat(api.get(path + "id/" + id).status()).isEqualTo(404);
        assertThat(api.get(path + "name/" + name).status()).isEqualTo(404);
        api.put(
                "/v1/agent/service/register",
                "{\"ID\":\"" + id + "\",\"Name\":\"" + name + "\",\"Check\":{\"CheckID\":\"" + id
                        + "-ttl\",\"TTL\":\"60s\"}}");
        try {
            assertThat(api.get(path + "id/" + id).status()).isEqualTo(503);
            api.put("/v1/agent/check/warn/" + id + "-ttl", "");
            assertThat(api.get(path + "id/" + id).status()).isEqualTo(429);
            api.put("/v1/agent/check/pass/" + id + "-ttl", "");
            assertThat(api.get(path + "id/" + id)
                            .json()
                            .path("AggregatedStatus")
                            .stringValue())
                    .isEqualTo("passing");
            assertThat(api.get(path + "name/" + name)
                            .json()
                            .path(0)
                            .path("Service")
                            .path("ID")
                            .stringValue())
                    .isEqualTo(id);
            assertThat(api.get(path + "name/" + name + "?format=text").body()).isEqualTo("passing");
        } finally {
            api.put("/v1/agent/service/deregister/" + id, "");
        }
    }

    @Test
    void an_instance_can_be_waited_for_by_the_hash_of_its_content() throws Exception {
        String id = unique + "-hashed";
        api.put("/v1/agent/service/register", "{\"ID\":\"" + id + "\",\"Name\":\"" + id + "\",\"Port\":1}");
        try {
            String hash = api.get("/v1/agent/service/" + id)
                    .json()
                    .path("ContentHash")
                    .stringValue();
            // The agent writes a number: one in sixteen has less than 16 digits.
            assertThat(hash).matches("[1-9a-f][0-9a-f]{0,15}");
            assertThat(api.get("/v1/agent/service/" + id + "?hash=" + hash + "&wait=10ms")
                            .json()
                            .path("Port")
                            .intValue())
                    .isEqualTo(1);
            var changed = api.getAsync("/v1/agent/service/" + id + "?hash=" + hash + "&wait=30s");
            api.put("/v1/agent/service/register", "{\"ID\":\"" + id + "\",\"Name\":\"" + id + "\",\"Port\":2}");
            assertThat(changed.get(20, java.util.concurrent.TimeUnit.SECONDS)
                            .json()
                            .path("Port")
                            .intValue())
                    .isEqualTo(2);
        } finally {
            api.put("/v1/agent/service/deregister/" + id, "");
        }
    }

    @Test
    void a_node_without_meta_data_is_not_among_those_with_some() throws Exception {
        assertThat(api.get("/v1/catalog/nodes?node-meta=rack:none-of-this-name").json())
                .isEmpty();
        assertThat(api.get("/v1/catalog/services?node-meta=rack:none-of-this-name")
                        .json())
                .isEmpty();
        assertThat(api.get("/v1/catalog/node-services/nobody").status()).isEqualTo(200);
    }
}
