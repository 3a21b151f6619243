package io.tricolor.deploy.artifact;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** A web server with documents that a test puts there. */
final class Served implements AutoCloseable {

    final List<String> requests = new CopyOnWriteArrayList<>();
    final Map<String, byte[]> documents = new ConcurrentHashMap<>();
    final Map<String, Map<String, String>> headers = new ConcurrentHashMap<>();
    volatile Predicate<HttpExchange> mayRead = exchange -> true;
    volatile String challenge = "Basic realm=\"x\"";
    /** Breaks off behind so many bytes of an answer; 0: does not. */
    volatile int breaksOffAfter;

    volatile int status = 200;

    private final HttpServer server;

    Served() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI url(String path) {
        return URI.create("http://" + authority() + path);
    }

    String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    void put(String path, String text) {
        documents.put(path, text.getBytes(StandardCharsets.UTF_8));
    }

    void put(String path, String type, String text) {
        put(path, text);
        headers.put(path, Map.of("Content-Type", type));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(exchange.getRequestURI() + (range == null ? "" : " " + range));
        try (exchange) {
            if (!mayRead.test(exchange)) {
                exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            byte[] document = documents.get(path);
            if (document == null || status != 200) {
                exchange.sendResponseHeaders(document == null ? 404 : status, -1);
                return;
            }
            headers.getOrDefault(path, Map.of()).forEach(exchange.getResponseHeaders()::set);
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
            if (range != null) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + "-" + (document.length - 1) + "/" + document.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, document.length - from);
            int length =
                    breaksOffAfter == 0 ? document.length - from : Math.min(breaksOffAfter, document.length - from);
            exchange.getResponseBody().write(document, from, length);
            if (length < document.length - from) {
                exchange.getResponseBody().flush();
                throw new IOException("broken off");
            }
        }
    }

    static String sha256(String text) {
        return hex("SHA-256", text);
    }

    static String hex(String algorithm, String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
