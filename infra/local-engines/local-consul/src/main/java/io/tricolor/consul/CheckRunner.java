package io.tricolor.consul;

import io.tricolor.localhttp.AnyCertificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Executes the checks, each on a virtual thread of its own, and watches the clocks: TTL checks that nobody renewed,
 * sessions that ran out, services that were critical for too long.
 */
final class CheckRunner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CheckRunner.class.getName());
    private static final int MAX_OUTPUT_BYTES = 4096;

    private record Result(CheckStatus status, String output) {}

    private interface Probe {
        Result run() throws InterruptedException;
    }

    private record Running(CheckDefinition definition, Thread thread, LinkedBlockingQueue<Boolean> beats) {}

    private record SessionClock(Thread thread, LinkedBlockingQueue<Boolean> renewals) {}

    private final Engine engine;
    private final HttpClient client;
    private final HttpClient trustingClient;
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final Map<String, SessionClock> sessions = new ConcurrentHashMap<>();
    private final Map<String, Long> criticalSince = new ConcurrentHashMap<>();
    private final Thread reaper;
    private final LongAdder executed = new LongAdder();
    private volatile boolean closed;

    CheckRunner(Engine engine, Duration reapInterval) {
        this.engine = engine;
        this.client = client(HttpClient.newBuilder());
        this.trustingClient = client(HttpClient.newBuilder().sslContext(AnyCertificate.context()));
        engine.onCommitted(changes -> changes.forEach(this::follow));
        engine.<Void>read(state -> {
            state.checks().forEach(check -> follow(new Change.CheckPut(check)));
            state.sessions().forEach(session -> follow(new Change.SessionPut(session)));
            return null;
        });
        this.reaper = Thread.ofVirtual().name("consul-reaper").start(() -> reapEvery(reapInterval));
    }

    /** How many checks were executed so far. */
    long executed() {
        return executed.sum();
    }

    /** Notes a sign of life for a TTL check; to be called before the status is written. */
    void beat(String checkId) {
        Running check = running.get(checkId);
        if (check != null) {
            check.beats().add(true);
        }
    }

    /** Starts the clock of a session anew. */
    void renew(String sessionId) {
        SessionClock clock = sessions.get(sessionId);
        if (clock != null) {
            clock.renewals().add(true);
        }
    }

    @Override
    public void close() {
        closed = true;
        reaper.interrupt();
        running.values().forEach(check -> check.thread().interrupt());
        sessions.values().forEach(session -> session.thread().interrupt());
        client.shutdownNow();
        trustingClient.shutdownNow();
    }

    /** Starts, replaces and stops what the committed change asks for. */
    private void follow(Change change) {
        switch (change) {
            case Change.CheckPut put -> {
                CheckEntry check = put.entry();
                if (check.status() == CheckStatus.CRITICAL) {
                    criticalSince.putIfAbsent(check.checkId(), System.nanoTime());
                } else {
                    criticalSince.remove(check.checkId());
                }
                Running before = running.get(check.checkId());
                if (before == null || !before.definition().equals(check.definition())) {
                    stop(before);
                    start(check);
                }
            }
            case Change.CheckRemove remove -> {
                stop(running.remove(remove.checkId()));
                criticalSince.remove(remove.checkId());
            }
            case Change.SessionPut put -> startClock(put.entry());
            case Change.SessionRemove remove -> {
                SessionClock clock = sessions.remove(remove.id());
                if (clock != null) {
                    clock.thread().interrupt();
                }
            }
            case Change.KvPut ignored -> {}
            case Change.KvDelete ignored -> {}
            case Change.KvDelay ignored -> {}
            case Change.ServicePut ignored -> {}
            case Change.ServiceRemove ignored -> {}
            case Change.Indexes ignored -> {}
        }
    }

    private static void stop(@Nullable Running check) {
        if (check != null) {
            check.thread().interrupt();
        }
    }

    private void start(CheckEntry check) {
        String id = check.checkId();
        LinkedBlockingQueue<Boolean> beats = new LinkedBlockingQueue<>();
        Runnable work = switch (check.definition()) {
            case CheckDefinition.Ttl ttl -> () -> watchBeats(id, ttl, beats);
            case CheckDefinition.Http http -> {
                HttpRequest request = request(http);
                yield () -> repeat(id, http.schedule(), () -> ask(http, request));
            }
            case CheckDefinition.Tcp tcp -> () -> repeat(id, tcp.schedule(), () -> connect(tcp));
            case CheckDefinition.Fixed fixed -> () -> {};
        };
        Thread thread = Thread.ofVirtual().name("check-" + id).unstarted(work);
        running.put(id, new Running(check.definition(), thread, beats));
        thread.start();
    }

    private void watchBeats(String checkId, CheckDefinition.Ttl ttl, LinkedBlockingQueue<Boolean> beats) {
        try {
            while (!closed) {
                if (beats.poll(ttl.ttl().toNanos(), TimeUnit.NANOSECONDS) == null) {
                    engine.<Void>write(tx -> {
                        CheckEntry check = tx.state().check(checkId);
                        // A beat that came in the meantime was noted before its status was written.
                        if (check != null && beats.isEmpty() && check.status() != CheckStatus.CRITICAL) {
                            String output = "TTL expired (last output before timeout follows): " + check.output();
                            Registry.report(tx, check, CheckStatus.CRITICAL, output);
                        }
                        return null;
                    });
                    beats.take();
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.TRACE, "the check {0} ends", checkId);
        }
    }

    private void repeat(String checkId, CheckDefinition.Schedule schedule, Probe probe) {
        int successes = 0;
        int failures = 0;
        try {
            while (!closed) {
                long start = System.nanoTime();
                Result result = attempt(probe);
                executed.increment();
                boolean failed = result.status() == CheckStatus.CRITICAL;
                successes = failed ? 0 : successes + 1;
                failures = failed ? failures + 1 : 0;
                if (failed
                        ? failures >= schedule.failuresBeforeCritical()
                        : successes >= schedule.successesBeforePassing()) {
                    note(checkId, result);
                }
                long pause = schedule.interval().toNanos() - (System.nanoTime() - start);
                TimeUnit.NANOSECONDS.sleep(Math.max(0, pause));
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.TRACE, "the check {0} ends", checkId);
        }
    }

    /** A probe that cannot even be tried, for instance because its address makes no sense, is a critical one. */
    private static Result attempt(Probe probe) throws InterruptedException {
        try {
            return probe.run();
        } catch (RuntimeException e) {
            return new Result(CheckStatus.CRITICAL, reason(e));
        }
    }

    private void note(String checkId, Result result) throws InterruptedException {
        CheckEntry now = engine.read(state -> state.check(checkId));
        if (now == null || closed) {
            return;
        }
        if (now.status() != result.status()) {
            engine.<Void>write(tx -> {
                CheckEntry check = tx.state().check(checkId);
                if (check != null) {
                    Registry.report(tx, check, result.status(), result.output());
                }
                return null;
            });
        } else if (!now.output().equals(result.output())) {
            engine.show(state -> state.showOutput(checkId, result.output()));
        }
    }

    private Result ask(CheckDefinition.Http check, HttpRequest request) throws InterruptedException {
        String what = "HTTP " + check.method() + " " + check.url() + ": ";
        AtomicReference<byte[]> start = new AtomicReference<>(new byte[0]);
        CompletableFuture<HttpResponse<Void>> answer = (check.tlsSkipVerify() ? trustingClient : client)
                .sendAsync(
                        request,
                        info -> BodySubscribers.ofByteArrayConsumer(
                                chunk -> chunk.ifPresent(bytes -> start.updateAndGet(all -> joined(all, bytes)))));
        try {
            HttpResponse<Void> response = answer.get(check.schedule().timeout().toNanos(), TimeUnit.NANOSECONDS);
            int code = response.statusCode();
            CheckStatus status =
                    code / 100 == 2 ? CheckStatus.PASSING : code == 429 ? CheckStatus.WARNING : CheckStatus.CRITICAL;
            return new Result(status, what + code + " Output: " + new String(start.get(), StandardCharsets.UTF_8));
        } catch (TimeoutException e) {
            answer.cancel(true);
            return new Result(
                    CheckStatus.CRITICAL,
                    what + "no answer within "
                            + GoDuration.format(check.schedule().timeout()));
        } catch (ExecutionException e) {
            return new Result(CheckStatus.CRITICAL, what + reason(e.getCause()));
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        }
    }

    private static byte[] joined(byte[] all, byte[] more) {
        int room = Math.min(more.length, MAX_OUTPUT_BYTES - all.length);
        if (room <= 0) {
            return all;
        }
        byte[] joined = Arrays.copyOf(all, all.length + room);
        System.arraycopy(more, 0, joined, all.length, room);
        return joined;
    }

    private static Result connect(CheckDefinition.Tcp check) {
        String what = "TCP connect " + check.host() + ":" + check.port() + ": ";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(check.host(), check.port()), (int)
                    Math.max(1, check.schedule().timeout().toMillis()));
            return new Result(CheckStatus.PASSING, what + "Success");
        } catch (IOException e) {
            return new Result(CheckStatus.CRITICAL, what + reason(e));
        }
    }

    private static String reason(@Nullable Throwable failure) {
        if (failure == null) {
            return "failed";
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }

    /** The request of a check; throws an {@link IllegalArgumentException} when the definition does not make one. */
    static HttpRequest request(CheckDefinition.Http check) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(check.url()))
                .method(
                        check.method(),
                        check.body().isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(check.body()))
                .setHeader("User-Agent", "Consul Health Check")
                .setHeader("Accept", "text/plain, text/*, */*");
        check.headers().forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        return request.build();
    }

    private void startClock(SessionEntry session) {
        if (session.ttl().isZero()) {
            return;
        }
        LinkedBlockingQueue<Boolean> renewals = new LinkedBlockingQueue<>();
        Thread thread = Thread.ofVirtual().name("session-" + session.id()).unstarted(() -> {
            try {
                boolean alive = true;
                while (alive) {
                    if (renewals.poll(session.ttl().toNanos(), TimeUnit.NANOSECONDS) == null) {
                        alive = engine.write(tx -> {
                            if (!renewals.isEmpty()) {
                                return true;
                            }
                            Registry.end(tx, tx.state().session(session.id()));
                            return false;
                        });
                    }
                }
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.TRACE, "the clock of session {0} ends", session.id());
            }
        });
        sessions.put(session.id(), new SessionClock(thread, renewals));
        thread.start();
    }

    private void reapEvery(Duration interval) {
        try {
            while (!closed) {
                TimeUnit.NANOSECONDS.sleep(interval.toNanos());
                try {
                    reap();
                } catch (RuntimeException e) { // the next look may be better
                    LOG.log(System.Logger.Level.WARNING, "critical services could not be looked through", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.TRACE, "the reaper ends");
        }
    }

    private void reap() throws InterruptedException {
        for (Map.Entry<String, Long> critical : criticalSince.entrySet()) {
            CheckEntry check = engine.read(state -> state.check(critical.getKey()));
            if (check == null || check.deregisterAfter().isZero()) {
                continue;
            }
            long nanos = System.nanoTime() - critical.getValue();
            if (nanos >= check.deregisterAfter().toNanos()) {
                deregister(check);
            }
        }
    }

    private void deregister(CheckEntry check) throws InterruptedException {
        boolean removed = engine.write(tx -> {
            CheckEntry now = tx.state().check(check.checkId());
            Optional<ServiceEntry> service = Optional.ofNullable(tx.state().service(check.serviceId()));
            if (now == null || now.status() != CheckStatus.CRITICAL || service.isEmpty()) {
                return false;
            }
            Registry.deregister(tx, service.get());
            return true;
        });
        if (removed) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "removed service {0}: its check {1} was critical for longer than {2}",
                    check.serviceId(),
                    check.checkId(),
                    GoDuration.format(check.deregisterAfter()));
        }
    }

    private static HttpClient client(HttpClient.Builder builder) {
        return builder.version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }
}
