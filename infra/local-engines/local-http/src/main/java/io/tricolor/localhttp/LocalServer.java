package io.tricolor.localhttp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP server on a loopback address with one virtual thread per exchange. Refuses requests that a web page could
 * have caused (a foreign {@code Host} or {@code Origin}): the local engines run programs and have no passwords.
 */
public final class LocalServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LocalServer.class.getName());
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final long MAX_DRAIN_BYTES = 64L << 20;
    private static final int BACKLOG = 1024;

    static {
        // The JDK's server reads these once, when its configuration class loads. Idle connections are kept longer than
        // clients keep theirs, so that it
        // is the client that closes.
        setIfAbsent("sun.net.httpserver.nodelay", "true");
        setIfAbsent("sun.net.httpserver.idleInterval", "300");
        setIfAbsent("sun.net.httpserver.maxIdleConnections", "20000");
    }

    private record Route(String method, PathTemplate template, Handler handler) {}

    private final HttpServer server;
    private final ExecutorService threads;
    private final List<Route> routes;
    private final JsonMapper json;
    private final ErrorFormat errors;
    private final RequestObserver observer;
    private final long maxBodyBytes;
    private final Map<String, String> headers;
    private final Set<EventSink> sinks = ConcurrentHashMap.newKeySet();

    private LocalServer(Builder builder, HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
        this.routes = builder.routes.stream()
                .sorted(Comparator.comparing(Route::template, PathTemplate.MOST_SPECIFIC_FIRST))
                .toList();
        this.json = builder.json;
        this.errors = builder.errors;
        this.observer = builder.observer;
        this.maxBodyBytes = builder.maxBodyBytes;
        this.headers = Map.copyOf(builder.headers);
    }

    /** Starts to describe a server. */
    public static Builder builder() {
        return new Builder();
    }

    /** The port that is served, the real one when 0 was asked for. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** The base address, without a trailing slash. */
    public URI uri() {
        String host = server.getAddress().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port());
    }

    /** Stops listening, ends event streams, interrupts handlers that wait, and closes all connections. */
    @Override
    public void close() {
        sinks.forEach(EventSink::close);
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) {
        long start = System.nanoTime();
        String route = "unmatched";
        Response response;
        try (exchange) {
            try {
                refuseForeigners(exchange);
                RequestPath path = RequestPath.parse(exchange.getRequestURI());
                Match match = find(exchange.getRequestMethod(), path);
                route = match.route().template().text();
                response = rendered(
                        match.route().handler().handle(new Request(exchange, json, maxBodyBytes, match.pathValues())));
            } catch (InterruptedException e) {
                response = rendered(errors.format(new HttpFailure(503, "the server stops")));
            } catch (Exception | StackOverflowError e) {
                if (!(e instanceof HttpFailure)) {
                    LOG.log(
                            System.Logger.Level.DEBUG,
                            () -> exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                            e);
                }
                response = rendered(errors.format(e));
            }
            send(exchange, response);
            observer.finished(exchange.getRequestMethod(), route, response.status(), System.nanoTime() - start);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.TRACE, "the client left", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Match(Route route, Map<String, String> pathValues) {}

    private Match find(String sentMethod, RequestPath path) {
        String method = sentMethod.equals("HEAD") ? "GET" : sentMethod;
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> values = route.template().match(path).orElse(null);
            if (values != null) {
                if (route.method().equals(method)) {
                    return new Match(route, values);
                }
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new HttpFailure(404, "no such path: /" + String.join("/", path.segments()));
        }
        String allow = String.join(", ", allowed);
        throw new HttpFailure(405, "method " + sentMethod + " not allowed here, only " + allow, Map.of("Allow", allow));
    }

    private static void refuseForeigners(HttpExchange exchange) {
        String host = exchange.getRequestHeaders().getFirst("Host");
        if (host != null && !isLoopbackName(host)) {
            throw new HttpFailure(403, "this server answers only on a loopback address, not as: " + host);
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (origin != null && !isLoopbackName(origin.replaceFirst("^https?://", ""))) {
            throw new HttpFailure(403, "this server does not answer pages of: " + origin);
        }
    }

    private static boolean isLoopbackName(String hostAndPort) {
        return LOOPBACK_NAMES.contains(hostAndPort.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT));
    }

    /**
     * JSON is written before the status goes out, so that a value that cannot be written is still answered with an
     * error.
     */
    private Response rendered(Response response) {
        return response.body() instanceof Response.Body.Json value
                ? Response.bytes(response.status(), "application/json", json.writeValueAsBytes(value.value()))
                        .headers(response.headers())
                : response;
    }

    private void send(HttpExchange exchange, Response response) throws IOException, InterruptedException {
        headers.forEach(exchange.getResponseHeaders()::set);
        response.headers().forEach(exchange.getResponseHeaders()::set);
        switch (response.body()) {
            case Response.Body.None none -> exchange.sendResponseHeaders(response.status(), -1);
            case Response.Body.Bytes bytes -> sendBytes(exchange, response.status(), bytes.content());
            case Response.Body.Json value ->
                sendBytes(exchange, response.status(), json.writeValueAsBytes(value.value()));
            case Response.Body.Events events -> sendEvents(exchange, response.status(), events);
        }
    }

    private static void sendBytes(HttpExchange exchange, int status, byte[] content) throws IOException {
        boolean withoutBody = content.length == 0 || exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, withoutBody ? -1 : content.length);
        if (!withoutBody) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(content);
            }
        }
    }

    private void sendEvents(HttpExchange exchange, int status, Response.Body.Events events)
            throws IOException, InterruptedException {
        exchange.sendResponseHeaders(status, 0);
        EventSink sink = new EventSink();
        sinks.add(sink);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(": open\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            events.onOpen().accept(sink);
            for (String text = sink.next(events.ping()); text != null; text = sink.next(events.ping())) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } finally {
            sinks.remove(sink);
            sink.abandon();
        }
    }

    /**
     * Reads what the client still sends, within reason, so that it gets to read the answer instead of a reset
     * connection.
     */
    static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        for (int n = in.read(buffer); n >= 0 && total < MAX_DRAIN_BYTES; n = in.read(buffer)) {
            total += n;
        }
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /** Describes a {@link LocalServer}. Of several routes that fit, the one with more literal segments answers. */
    public static final class Builder {
        private final List<Route> routes = new ArrayList<>();
        private final Map<String, String> headers = new LinkedHashMap<>();
        private InetAddress address = InetAddress.ofLiteral("127.0.0.1");
        private int port;
        private long maxBodyBytes = 1 << 20;
        private JsonMapper json = JsonMapper.builder().build();
        private ErrorFormat errors = ErrorFormat.plainText();
        private RequestObserver observer = (method, route, status, nanos) -> {};

        private Builder() {}

        /** The port, 0 (default) for any free one. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** The loopback address to bind, 127.0.0.1 by default. */
        public Builder address(String literal) {
            address = InetAddress.ofLiteral(literal);
            return this;
        }

        /** The largest request body in bytes, 1 MiB by default, at most 1 GiB. */
        public Builder maxBodyBytes(long value) {
            if (value < 0 || value > 1L << 30) {
                throw new IllegalArgumentException("maxBodyBytes must be within 0 and 1 GiB: " + value);
            }
            maxBodyBytes = value;
            return this;
        }

        /** The mapper for bodies in and out. */
        public Builder json(JsonMapper value) {
            json = value;
            return this;
        }

        /** How failures are answered, plain text by default. */
        public Builder errors(ErrorFormat value) {
            errors = value;
            return this;
        }

        /** Is told of every exchange. */
        public Builder observer(RequestObserver value) {
            observer = value;
            return this;
        }

        /** A header of every answer; an answer's own header of that name wins. */
        public Builder header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        /**
         * A route: {@code {name}} takes one path segment, {@code {name*}} one or more, {@code {name**}} the rest. GET
         * also answers HEAD.
         */
        public Builder route(String method, String template, Handler handler) {
            routes.add(new Route(method, PathTemplate.parse(template), handler));
            return this;
        }

        /** {@link #route} for GET. */
        public Builder get(String template, Handler handler) {
            return route("GET", template, handler);
        }

        /** {@link #route} for PUT. */
        public Builder put(String template, Handler handler) {
            return route("PUT", template, handler);
        }

        /** {@link #route} for POST. */
        public Builder post(String template, Handler handler) {
            return route("POST", template, handler);
        }

        /** {@link #route} for DELETE. */
        public Builder delete(String template, Handler handler) {
            return route("DELETE", template, handler);
        }

        /**
         * Binds and serves until closed.
         *
         * @throws BindException when the port is in use; the message names it
         */
        public LocalServer start() throws IOException {
            if (!address.isLoopbackAddress()) {
                throw new IllegalArgumentException("only a loopback address can be bound: " + address.getHostAddress());
            }
            HttpServer http = bind();
            ExecutorService threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("http-", 0).factory());
            LocalServer server = new LocalServer(this, http, threads);
            http.setExecutor(threads);
            http.createContext("/", server::serve);
            http.start();
            return server;
        }

        private HttpServer bind() throws IOException {
            try {
                return HttpServer.create(new InetSocketAddress(address, port), BACKLOG);
            } catch (BindException e) {
                BindException clear = new BindException("port " + port + " on " + address.getHostAddress()
                        + " cannot be used, is another program listening there? (" + e.getMessage() + ")");
                clear.initCause(e);
                throw clear;
            }
        }
    }
}
