package io.tricolor.router.testing;

import com.sun.net.httpserver.HttpExchange;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Health queries and the KV store of a Consul agent, with blocking queries. */
public final class FakeConsul implements AutoCloseable {

    public volatile boolean broken;

    /** Whether every answer is empty, because the token may see nothing, and says so. */
    public volatile boolean filters;

    /** The ACL token that calls need; null: none. */
    public volatile @Nullable String token;

    /** How often the copies of tables were read. */
    public final AtomicInteger tableReads = new AtomicInteger();

    private final Map<String, List<Instance>> services = new TreeMap<>();
    private final Set<String> critical = new HashSet<>();
    private final Map<String, String> kv = new TreeMap<>();
    private final Object news = new Object();
    private final LoopbackServer server;
    private long index = 10;

    public FakeConsul() {
        server = new LoopbackServer(
                0, Map.of("/v1/health/service/", this::health, "/v1/kv/tricolor/route-tables/", this::tables));
    }

    /** What is registered; without an address of its own it has that of its node, 127.0.0.1. */
    public record Instance(String group, String service, String cluster, String id, String address, int port) {

        public Instance(String group, String service, String cluster, String id, int port) {
            this(group, service, cluster, id, "", port);
        }
    }

    public String url() {
        return server.url();
    }

    public void goDown() {
        server.goDown();
    }

    public void register(String name, Instance... instances) {
        synchronized (news) {
            services.put(name, List.of(instances));
            index++;
            news.notifyAll();
        }
    }

    public void deregister(String name, String id) {
        register(
                name,
                instances(name).stream()
                        .filter(instance -> !instance.id().equals(id))
                        .toArray(Instance[]::new));
    }

    /** One more beside those that are there. */
    public void add(String name, Instance instance) {
        register(
                name,
                Stream.concat(instances(name).stream(), Stream.of(instance)).toArray(Instance[]::new));
    }

    private List<Instance> instances(String name) {
        synchronized (news) {
            return services.getOrDefault(name, List.of());
        }
    }

    /** The checks of these instances fail, those of all others pass. */
    public void fail(String... ids) {
        synchronized (news) {
            critical.clear();
            critical.addAll(List.of(ids));
            index++;
            news.notifyAll();
        }
    }

    /** As after a restart with an empty store: the index begins again. */
    public void startOver(String name, Instance... instances) {
        synchronized (news) {
            services.put(name, List.of(instances));
            index = 1;
            news.notifyAll();
        }
    }

    public void keep(RouteTable table) {
        keep(table.group(), Json.STRICT.writeValueAsString(table));
    }

    public void keep(String group, String json) {
        synchronized (news) {
            kv.put(group, json);
        }
    }

    /** Answers whoever may not see what it asks for. */
    private boolean isTurnedAway(HttpExchange exchange) throws IOException {
        String wanted = token;
        boolean isKnown = wanted == null
                || wanted.equals(exchange.getRequestHeaders().getFirst("X-Consul-Token"))
                || ("Bearer " + wanted).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (isKnown && !filters) {
            return false;
        }
        exchange.getResponseHeaders().set("X-Consul-Index", "11");
        exchange.getResponseHeaders().set("X-Consul-Results-Filtered-By-ACLs", "true");
        LoopbackServer.answer(exchange, 200, "[]");
        return true;
    }

    private void health(HttpExchange exchange) throws IOException {
        if (isTurnedAway(exchange)) {
            return;
        }
        String name = exchange.getRequestURI().getPath().substring("/v1/health/service/".length());
        String query = exchange.getRequestURI().getQuery();
        List<String> parameters = query == null ? List.of() : Arrays.asList(query.split("&", -1));
        if (broken) {
            LoopbackServer.answer(exchange, 500, "No cluster leader");
            return;
        }
        boolean isPassing = parameters.contains("passing");
        long asked = parameters.stream()
                .filter(parameter -> parameter.startsWith("index="))
                .mapToLong(parameter -> Long.parseLong(parameter.substring("index=".length())))
                .findFirst()
                .orElse(0);
        List<String> answer = new ArrayList<>();
        synchronized (news) {
            long deadline = System.nanoTime() + 2_000_000_000L;
            try {
                while (asked > 0 && index <= asked && !broken && !filters && System.nanoTime() < deadline) {
                    news.wait(200);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.close();
                return;
            }
            for (Instance instance : filters ? List.<Instance>of() : services.getOrDefault(name, List.of())) {
                if (isPassing && critical.contains(instance.id())) {
                    continue;
                }
                answer.add("""
                        {"Node":{"Node":"n","Address":"127.0.0.1"},"Service":{"ID":"%s","Service":"%s","Tags":[],"Address":"%s","Port":%d,
                         "Meta":{"tricolor-group":"%s","tricolor-cluster":"%s","tricolor-service":"%s"}},"Checks":[]}""".formatted(
                                instance.id(),
                                name,
                                instance.address(),
                                instance.port(),
                                instance.group(),
                                instance.cluster(),
                                instance.service()));
            }
            exchange.getResponseHeaders().set("X-Consul-Index", Long.toString(index));
            if (filters) {
                exchange.getResponseHeaders().set("X-Consul-Results-Filtered-By-ACLs", "true");
            }
        }
        exchange.getResponseHeaders().set("X-Consul-KnownLeader", "true");
        LoopbackServer.answer(exchange, 200, "[" + String.join(",", answer) + "]");
    }

    private void tables(HttpExchange exchange) throws IOException {
        if (isTurnedAway(exchange)) {
            return;
        }
        List<String> entries = new ArrayList<>();
        synchronized (news) {
            kv.forEach((group, json) -> entries.add("{\"Key\":\"tricolor/route-tables/" + group + "\",\"Value\":\""
                    + Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)) + "\"}"));
        }
        tableReads.incrementAndGet();
        if (entries.isEmpty()) {
            LoopbackServer.answer(exchange, 404, null);
        } else {
            LoopbackServer.answer(exchange, 200, "[" + String.join(",", entries) + "]");
        }
    }

    @Override
    public void close() {
        goDown();
    }
}
