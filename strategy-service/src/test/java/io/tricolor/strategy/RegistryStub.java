package io.tricolor.strategy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** As much of Consul as keeps a value under a key, by compare-and-set. */
final class RegistryStub implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, String> values = new ConcurrentHashMap<>();
    private final HttpServer server;
    private long index = 1;

    RegistryStub() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/kv/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    long version(String group) {
        return JSON.readTree(values.get("/v1/kv/tricolor/route-tables/" + group))
                .get("version")
                .asLong();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String key = exchange.getRequestURI().getPath();
        if (key.endsWith("/")) {
            all(exchange, key);
            return;
        }
        int status = 200;
        String body = "true";
        if (exchange.getRequestMethod().equals("PUT")) {
            synchronized (this) {
                values.put(key, new String(exchange.getRequestBody().readAllBytes()));
                index++;
                notifyAll();
            }
        } else if (values.containsKey(key)) {
            body = "[{\"ModifyIndex\":1,\"Value\":\""
                    + Base64.getEncoder().encodeToString(values.get(key).getBytes()) + "\"}]";
        } else {
            status = 404;
        }
        exchange.sendResponseHeaders(status, body.length());
        exchange.getResponseBody().write(body.getBytes());
        exchange.close();
    }

    private void all(HttpExchange exchange, String prefix) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        String body;
        synchronized (this) {
            try {
                if (query.contains("index=" + index + "&")) {
                    wait(1_000);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            body = values.keySet().stream()
                    .filter(key -> key.startsWith(prefix))
                    .map(key -> "{\"Key\":\"" + key.substring("/v1/kv/".length()) + "\",\"Value\":\""
                            + Base64.getEncoder().encodeToString(values.get(key).getBytes())
                            + "\"}")
                    .collect(Collectors.joining(",", "[", "]"));
            exchange.getResponseHeaders().set("X-Consul-Index", Long.toString(index));
        }
        exchange.sendResponseHeaders(body.equals("[]") ? 404 : 200, body.length());
        exchange.getResponseBody().write(body.getBytes());
        exchange.close();
    }

    /** As somebody who tidies up, or whose backup is old. */
    synchronized void lose(String group, @Nullable String instead) {
        String key = "/v1/kv/tricolor/route-tables/" + group;
        if (instead == null) {
            values.remove(key);
        } else {
            values.put(key, instead);
        }
        index++;
        notifyAll();
    }

    String document(String group) {
        return values.getOrDefault("/v1/kv/tricolor/route-tables/" + group, "");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
