package io.tricolor.router.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.testing.RawCases.Case;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A router against plain nginx, byte by byte: what an instance sees of a request, and what the client sees of the
 * answer, is the same but for what a router adds by design and for differences that are known by name.
 */
@Tag("engine")
public abstract class RouterDifferences extends WithPeers {

    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final int PATIENCE = 10_000;

    private static final Set<String> NOT_COMPARED_IN_REQUESTS =
            Set.of("connection", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "host");
    private static final Set<String> NOT_COMPARED_IN_ANSWERS = Set.of("connection", "date", "transfer-encoding");

    /** Which of them is a matter of taste. */
    private static final Set<Integer> REFUSALS = Set.of(400, 405, 414, 431, 501, 505);

    /** Starts a router that has applied the table of the group shop. */
    protected abstract StartedRouter start();

    /** Whether the router routes the group shop. */
    protected abstract boolean isReady(StartedRouter router);

    /**
     * Differences that are known, by the name of the case; what the router does, with the reason. Each stands in
     * docs/routing.md too.
     */
    protected abstract Map<String, String> known();

    /**
     * What came of a case.
     *
     * @param seen by the instance; empty when nothing reached it
     * @param answer to the client
     * @param kept whether another request on the same connection was answered
     */
    private record Outcome(List<String> seen, List<String> answer, boolean kept) {

        List<String> lines() {
            List<String> all = new ArrayList<>();
            seen.forEach(line -> all.add("> " + line));
            answer.forEach(line -> all.add("< " + line));
            all.add(kept ? "kept" : "closed");
            return all;
        }
    }

    @Test
    void passes_on_what_plain_nginx_passes_on() throws IOException {
        assumeThat(Files.isExecutable(NGINX)).as("nginx is installed").isTrue();
        List<Case> cases = RawCases.all();
        assertThat(cases).hasSizeGreaterThanOrEqualTo(300);
        RawInstance instance = keep(new RawInstance(RawCases.scripts(), (request, socket) -> {
            request.body();
            RawInstance.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }));
        consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-1", instance.port()));
        strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
        StartedRouter router = keep(start());
        Await.until("the router routes", () -> isReady(router));
        Case first = cases.getFirst();
        Await.until("it answers", () -> outcome(first, router.url(), instance).kept());
        Map<String, String> differences = new LinkedHashMap<>();
        try (Reference reference = new Reference(directory.resolve("reference"), instance.port())) {
            for (Case one : cases) {
                List<String> right = outcome(one, reference.url(), instance).lines();
                List<String> ours = outcome(one, router.url(), instance).lines();
                String difference = difference(right, ours);
                if (difference != null) {
                    differences.put(one.name(), difference);
                }
            }
        }
        Map<String, String> unknown = new LinkedHashMap<>(differences);
        known().keySet().forEach(unknown::remove);
        assertThat(unknown).as("differences of " + cases.size()).isEmpty();
        assertThat(differences.keySet()).as("known differences that are none").containsAll(known().keySet());
    }

    private static @Nullable String difference(List<String> right, List<String> ours) {
        if (right.equals(ours)) {
            return null;
        }
        List<String> missing = new ArrayList<>(right);
        ours.forEach(missing::remove);
        List<String> added = new ArrayList<>(ours);
        right.forEach(added::remove);
        return "\n    nginx " + shortened(missing) + "\n    router " + shortened(added) + "\n";
    }

    private static List<String> shortened(List<String> lines) {
        return lines.stream()
                .map(line -> line.length() > 200 ? line.substring(0, 200) + "... " + line.length() : line)
                .toList();
    }

    private static Outcome outcome(Case one, String url, RawInstance instance) {
        instance.requests.clear();
        List<String> answer = new ArrayList<>();
        boolean kept = false;
        try (RawClient client = new RawClient(url, PATIENCE)) {
            try {
                for (String part : one.parts()) {
                    client.send(part);
                }
            } catch (IOException answeredAlready) {
                answer.add("closed while it was written");
            }
            if (one.cut()) {
                return new Outcome(List.of(), List.of(), false);
            }
            RawClient.Answer said = client.read(one.method());
            answer.clear();
            boolean reached = instance.requests.stream().anyMatch(request -> request.header(RawCases.BROKEN) == null);
            describe(said, answer, reached);
            if (said.status() == 101) {
                answer.add("tunnel " + tunnelled(client, one.tunnel()));
            } else {
                kept = isKept(client);
            }
        } catch (SocketTimeoutException silent) {
            answer.add("silence");
        } catch (IOException | RuntimeException e) {
            answer.add("unreadable");
        }
        return new Outcome(seen(instance, one.parts().getFirst().contains("\nTransfer-Encoding:")), answer, kept);
    }

    private static boolean isKept(RawClient client) {
        try {
            client.send("GET /next HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            return client.read("GET").status() == 200;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    private static long tunnelled(RawClient client, int bytes) throws IOException {
        Thread writer = Thread.startVirtualThread(() -> {
            try {
                client.send("~".repeat(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        long back = client.in().readNBytes(bytes).length;
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return back;
    }

    /** Of an answer that a router gives by itself only the status counts. */
    private static void describe(RawClient.Answer said, List<String> into, boolean reached) {
        said.informational().forEach(line -> into.add("informational " + line));
        into.add(!reached && REFUSALS.contains(said.status()) ? "refused" : "status " + said.status());
        boolean own = said.header("X-Tricolor-Reason") != null || !reached || isOfNginx(said);
        if (!own) {
            headers(said.lines(), NOT_COMPARED_IN_ANSWERS).forEach(into::add);
            into.add(said.complete() ? "body " + said.body() : "body that breaks off");
        }
    }

    private static boolean isOfNginx(RawClient.Answer said) {
        return String.valueOf(said.header("Server")).startsWith("nginx");
    }

    private static List<String> headers(List<String> lines, Set<String> without) {
        Map<String, List<String>> byName = new TreeMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            String name = colon < 0 ? line : line.substring(0, colon).toLowerCase(Locale.ROOT);
            if (!without.contains(name) && !name.startsWith("x-tricolor-")) {
                byName.computeIfAbsent(name, n -> new ArrayList<>())
                        .add(colon < 0 ? "" : line.substring(colon + 1).trim());
            }
        }
        return byName.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(value -> entry.getKey() + ": " + value))
                .toList();
    }

    /** Requests that reached the instance, without those that ask whether a connection is kept. */
    private static List<String> seen(RawInstance instance, boolean inChunks) {
        List<String> seen = new ArrayList<>();
        for (RawInstance.Request request : instance.requests) {
            String line = request.head.substring(0, request.head.indexOf("\r\n"));
            if (line.startsWith("GET /next ") || request.header(RawCases.BROKEN) != null) {
                continue;
            }
            seen.add(line);
            List<String> headers = new ArrayList<>(headers(request.lines(), NOT_COMPARED_IN_REQUESTS));
            if (inChunks) {
                // nginx names the length of a body that it has in whole already.
                headers.removeIf(
                        header -> header.startsWith("content-length: ") || header.startsWith("transfer-encoding: "));
            }
            seen.addAll(headers);
            seen.add("host " + request.header("Host"));
            try {
                seen.add("body " + new String(request.body(), StandardCharsets.ISO_8859_1));
            } catch (IOException | RuntimeException cut) {
                seen.add("body cut");
            }
        }
        return seen;
    }

    /** Plain nginx in front of the instance. */
    private static final class Reference implements AutoCloseable {

        private final Process process;
        private final int port;

        Reference(Path directory, int instance) throws IOException {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Files.createDirectories(directory);
            Path configuration =
                    Files.writeString(directory.resolve("nginx.conf"), """
                    daemon off;
                    worker_processes 1;
                    pid %1$s/nginx.pid;
                    error_log %1$s/error.log;
                    events { worker_connections 256; }
                    http {
                        access_log off;
                        client_body_temp_path %1$s/body;
                        proxy_temp_path %1$s/proxy;
                        fastcgi_temp_path %1$s/fastcgi;
                        uwsgi_temp_path %1$s/uwsgi;
                        scgi_temp_path %1$s/scgi;
                        large_client_header_buffers 8 32k;
                        client_max_body_size 0;
                        merge_slashes off;
                        underscores_in_headers on;
                        ignore_invalid_headers off;
                        map $http_upgrade $changed_to { default ""; "~*^websocket$" websocket; }
                        map $changed_to $passed_connection { default ""; websocket upgrade; }
                        map $http_host $passed_host { default $http_host; "" $host; }
                        upstream instance { server 127.0.0.1:%2$d max_fails=0; keepalive 8; }
                        server {
                            listen 127.0.0.1:%3$d;
                            location / {
                                proxy_pass http://instance;
                                proxy_http_version 1.1;
                                proxy_buffering off;
                                proxy_request_buffering off;
                                proxy_buffer_size 64k;
                                proxy_buffers 4 64k;
                                proxy_busy_buffers_size 64k;
                                proxy_redirect off;
                                proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Buffering;
                                proxy_pass_header Server;
                                proxy_pass_header Date;
                                proxy_pass_header X-Accel-Redirect;
                                proxy_pass_header X-Accel-Buffering;
                                proxy_set_header Host $passed_host;
                                proxy_set_header Upgrade $changed_to;
                                proxy_set_header Connection $passed_connection;
                                proxy_set_header X-Forwarded-Port "";
                                proxy_set_header X-Forwarded-Prefix "";
                                proxy_set_header Forwarded "";
                                proxy_read_timeout 2s;
                            }
                        }
                    }
                    """.formatted(directory, instance, port));
            process = new ProcessBuilder(NGINX.toString(), "-c", configuration.toString(), "-e", "stderr")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("out").toFile())
                    .start();
            Await.until("nginx listens", this::listens);
        }

        private boolean listens() {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        }

        String url() {
            return "http://127.0.0.1:" + port;
        }

        @Override
        public void close() {
            process.destroy();
            Await.until("nginx has ended", () -> !process.isAlive());
        }
    }

    /** Names of a table of known differences that share their reason. */
    protected static Map<String, String> because(String reason, Stream<String> names) {
        Map<String, String> all = new LinkedHashMap<>();
        names.forEach(name -> all.put(name, reason));
        return all;
    }
}
