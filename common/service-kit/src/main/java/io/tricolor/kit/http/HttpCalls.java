package io.tricolor.kit.http;

import io.prometheus.client.Histogram;
import io.tricolor.kit.http.Body.Late;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Calls another program over HTTP/1.1. Every call ends: there is a time limit for the connection, for the headers of
 * the answer and for all of it, however slowly the other side sends, and a limit for its size. Redirects are not
 * followed, unless asked for, and then only on the same host. Blocking: for virtual threads and threads of one's own.
 * Thread-safe.
 *
 * <p>A call fails with {@link HttpTimeoutException} at a time limit, {@link BodyTooLarge} at the size limit, another
 * {@link IOException} when the other side cannot be reached or breaks off, and {@link InterruptedException} when the
 * caller's thread is interrupted; the connection is closed in each case.
 */
public final class HttpCalls implements AutoCloseable {

    private static final Histogram CALLS = Histogram.build(
                    "tricolor_http_call_seconds", "How long calls of other programs took, by how they ended")
            .labelNames("client", "outcome")
            .buckets(0.005, 0.025, 0.1, 0.5, 2, 10, 60)
            .register();

    private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);

    private final String name;
    private final Duration headers;
    private final Duration total;
    private final long maxBytes;
    private final int redirects;
    private final HttpClient client;

    private HttpCalls(Builder settings) {
        this.name = settings.name;
        this.headers = settings.headers;
        this.total = settings.total;
        this.maxBytes = settings.maxBytes;
        this.redirects = settings.redirects;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.connect)
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (settings.tls != null) {
            builder.sslContext(settings.tls);
        }
        this.client = builder.build();
    }

    /** Starts the definition of a client; the name says in the metrics and in messages who is called. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** The answer to a request, whatever its status. */
    public HttpAnswer send(HttpRequest request) throws IOException, InterruptedException {
        return send(request, total);
    }

    /** The same with another limit for the whole call, and for its headers; for long polls. */
    public HttpAnswer send(HttpRequest request, Duration within) throws IOException, InterruptedException {
        Duration headersWithin = within.equals(total) ? headers : within;
        return call(request, headersWithin, within, (status, body, end) -> collected(body, maxBytes, end));
    }

    /**
     * Writes the body of a good answer to {@code target} as it comes; that of another one is in the answer. The target
     * is not closed, and may have been written to when this fails.
     *
     * @param limitBytes how large it may be, in place of the client's limit
     * @param within how long all of it may take, in place of the client's limit
     */
    public HttpAnswer download(HttpRequest request, OutputStream target, long limitBytes, Duration within)
            throws IOException, InterruptedException {
        return call(request, headers, within, (status, body, end) -> {
            if (status / 100 != 2) {
                return collected(body, maxBytes, end);
            }
            copy(body, target, limitBytes, end);
            return new byte[0];
        });
    }

    /**
     * Reads an endless answer line by line, without the line ends, until the other side ends it. Fails when nothing at
     * all comes for {@code quiet}, when a line is larger than the client's limit, or when the status is not 2xx.
     *
     * @param quiet the longest silence; the other side is expected to send pings
     * @param opened called once when a good answer begins
     */
    public void lines(HttpRequest request, Duration quiet, Runnable opened, Consumer<String> line)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        String outcome = "failed";
        try {
            HttpResponse<Body> answer = begin(request, headers);
            try (Body body = answer.body()) {
                if (answer.statusCode() / 100 != 2) {
                    throw new IOException(name + " answers " + answer.statusCode() + " to "
                            + request.uri().getPath());
                }
                opened.run();
                Lines lines = new Lines(line);
                for (List<ByteBuffer> piece = next(body, quiet); piece != null; piece = next(body, quiet)) {
                    lines.take(piece);
                }
                outcome = "2xx";
            }
        } catch (HttpTimeoutException e) {
            outcome = "timeout";
            throw e;
        } finally {
            observe(outcome, start);
        }
    }

    private @Nullable List<ByteBuffer> next(Body body, Duration quiet) throws IOException, InterruptedException {
        try {
            return body.next(quiet.toNanos());
        } catch (Late e) {
            throw new HttpTimeoutException(name + " has sent nothing for " + quiet);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /** What is done with a body. */
    @FunctionalInterface
    private interface Reader {
        byte[] read(int status, Body body, long end) throws IOException, InterruptedException, Late;
    }

    private HttpAnswer call(HttpRequest request, Duration headersWithin, Duration within, Reader reader)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + within.toNanos();
        String outcome = "failed";
        try {
            HttpRequest next = request;
            for (int left = redirects; ; left--) {
                HttpResponse<Body> answer = begin(next, shorter(headersWithin, end));
                try (Body body = answer.body()) {
                    Optional<URI> elsewhere = left > 0 ? onTheSameHost(next, answer) : Optional.empty();
                    if (elsewhere.isPresent()) {
                        next = HttpRequest.newBuilder(next, (header, value) -> true)
                                .uri(elsewhere.get())
                                .build();
                        continue;
                    }
                    byte[] read = reader.read(answer.statusCode(), body, end);
                    outcome = answer.statusCode() / 100 + "xx";
                    return new HttpAnswer(answer.statusCode(), answer.headers(), read);
                }
            }
        } catch (Late e) {
            outcome = "timeout";
            throw new HttpTimeoutException(name + " has not sent all of its answer within " + within);
        } catch (HttpTimeoutException e) {
            outcome = "timeout";
            throw e;
        } finally {
            observe(outcome, start);
        }
    }

    private static Duration shorter(Duration limit, long end) {
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        return left.compareTo(limit) < 0 ? left : limit;
    }

    /** Waits for the headers of the answer. */
    private HttpResponse<Body> begin(HttpRequest request, Duration within) throws IOException, InterruptedException {
        Body body = new Body();
        CompletableFuture<HttpResponse<Body>> answer = client.sendAsync(request, head -> body);
        boolean begun = false;
        try {
            HttpResponse<Body> response = answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
            begun = true;
            return response;
        } catch (TimeoutException e) {
            throw new HttpTimeoutException(name + " has not answered within " + within);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HttpTimeoutException timeout) {
                throw timeout;
            }
            throw new IOException(
                    name + " cannot be reached at " + request.uri().getAuthority() + ": " + e.getCause(), e);
        } finally {
            if (!begun) {
                answer.cancel(true);
                body.close();
            }
        }
    }

    private static Optional<URI> onTheSameHost(HttpRequest request, HttpResponse<Body> answer) {
        if (!REDIRECTS.contains(answer.statusCode()) || !request.method().equals("GET")) {
            return Optional.empty();
        }
        try {
            return answer.headers()
                    .firstValue("Location")
                    .map(location -> request.uri().resolve(location))
                    .filter(target -> target.getScheme().equals(request.uri().getScheme())
                            && target.getRawAuthority() != null
                            && target.getRawAuthority()
                                    .equalsIgnoreCase(request.uri().getRawAuthority()));
        } catch (IllegalArgumentException e) { // a location that is no URI leads nowhere
            return Optional.empty();
        }
    }

    private byte[] collected(Body body, long limitBytes, long end) throws IOException, InterruptedException, Late {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        copy(body, all, limitBytes, end);
        return all.toByteArray();
    }

    private void copy(Body body, OutputStream target, long limitBytes, long end)
            throws IOException, InterruptedException, Late {
        long size = 0;
        List<ByteBuffer> piece = body.next(end - System.nanoTime());
        while (piece != null) {
            for (ByteBuffer buffer : piece) {
                size += buffer.remaining();
                if (size > limitBytes) {
                    throw new BodyTooLarge(name, limitBytes);
                }
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                target.write(bytes);
            }
            piece = body.next(end - System.nanoTime());
        }
    }

    private void observe(String outcome, long start) {
        CALLS.labels(name, outcome).observe((System.nanoTime() - start) / 1e9);
    }

    /** Puts lines together. A line ends with LF or CR LF. */
    private final class Lines {

        private final Consumer<String> line;
        private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

        Lines(Consumer<String> line) {
            this.line = line;
        }

        void take(List<ByteBuffer> piece) throws BodyTooLarge {
            for (ByteBuffer buffer : piece) {
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (next == '\n') {
                        String text = begun.toString(StandardCharsets.UTF_8);
                        begun.reset();
                        line.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
                    } else if (begun.size() >= maxBytes) {
                        throw new BodyTooLarge(name, maxBytes);
                    } else {
                        begun.write(next);
                    }
                }
            }
        }
    }

    /** Collects the limits of a client. */
    public static final class Builder {

        private final String name;
        private Duration connect = Duration.ofSeconds(2);
        private Duration headers = Duration.ofSeconds(10);
        private Duration total = Duration.ofSeconds(10);
        private long maxBytes = 8L << 20;
        private int redirects;
        private @Nullable SSLContext tls;

        private Builder(String name) {
            this.name = name;
        }

        /** For the connection; default 2 s. */
        public Builder connectWithin(Duration time) {
            connect = positive(time);
            return this;
        }

        /**
         * For the whole call, from the connection to the last byte, and for the headers too unless they have a limit;
         * default 10 s.
         */
        public Builder within(Duration time) {
            total = positive(time);
            headers = total;
            return this;
        }

        /** Until the headers of the answer are there; to be named after {@link #within}. */
        public Builder headersWithin(Duration time) {
            headers = positive(time);
            return this;
        }

        /** For the body of an answer, in bytes, and for one line of an endless one; default 8 MiB. */
        public Builder atMostBytes(long limit) {
            maxBytes = limit;
            return this;
        }

        /** Follows up to so many redirects of a GET, on the same scheme, host and port; default none. */
        public Builder followOnTheSameHost(int atMost) {
            redirects = atMost;
            return this;
        }

        /** Whom to trust, and what to show, over TLS; null: as the JVM does. */
        public Builder trusting(@Nullable SSLContext context) {
            tls = context;
            return this;
        }

        /** The client. */
        public HttpCalls build() {
            return new HttpCalls(this);
        }

        private Duration positive(Duration time) {
            if (!time.isPositive()) {
                throw new IllegalArgumentException("a time limit of client " + name + " must be above 0, not " + time);
            }
            return time;
        }
    }
}
