package io.tricolor.kit.requestlog;

import io.prometheus.client.Counter;
import io.tricolor.kit.security.ServiceTokens;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;

/**
 * Sends lines to log-gateway in the background, some hundred at a time. A batch is sent again until log-gateway has taken it; while it
 * does not, lines wait in a bounded buffer, and what does not fit is dropped and counted.
 */
final class LogShipper implements Consumer<String>, SmartLifecycle {

    private static final int BATCH = 500;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Counter SHIPPED = Counter.build(
                    "tricolor_request_log_shipped_total", "Lines that log-gateway has taken")
            .register();
    private static final Counter DROPPED = Counter.build(
                    "tricolor_request_log_dropped_total", "Lines that log-gateway never got")
            .labelNames("reason")
            .register();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final BlockingQueue<String> waiting;
    private final URI target;
    private final ServiceTokens tokens;
    private volatile boolean running;
    private volatile Thread worker = Thread.currentThread();

    LogShipper(URI logGateway, ServiceTokens tokens, int buffer) {
        this.target = URI.create(logGateway.toString().replaceAll("/+$", "") + "/api/logs");
        this.tokens = tokens;
        this.waiting = new ArrayBlockingQueue<>(buffer);
    }

    @Override
    public void accept(String line) {
        if (!waiting.offer(line)) {
            DROPPED.labels("buffer-full").inc();
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Thread.ofVirtual().name("log-shipper").start(this::ship);
    }

    private void ship() {
        List<String> batch = new ArrayList<>(BATCH);
        try {
            while (running) {
                if (batch.isEmpty()) {
                    String first = waiting.poll(1, TimeUnit.SECONDS);
                    if (first == null) {
                        continue;
                    }
                    batch.add(first);
                    waiting.drainTo(batch, BATCH - 1);
                }
                if (send(batch)) {
                    batch.clear();
                } else {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            DROPPED.labels("stopped").inc(batch.size() + waiting.size());
        }
    }

    /** Whether the batch is done with: taken, or refused for good. */
    private boolean send(List<String> batch) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(String.join("\n", batch) + "\n"));
        tokens.current().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        try {
            HttpResponse<Void> answer = http.send(request.build(), BodyHandlers.discarding());
            if (answer.statusCode() / 100 == 2) {
                SHIPPED.inc(batch.size());
                return true;
            }
            if (answer.statusCode() == 400 || answer.statusCode() == 413 || answer.statusCode() == 422) {
                DROPPED.labels("refused").inc(batch.size());
                return true;
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void stop() {
        running = false;
        worker.interrupt();
        http.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
