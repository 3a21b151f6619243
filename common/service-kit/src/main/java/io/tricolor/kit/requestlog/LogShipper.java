package io.tricolor.kit.requestlog;

import io.prometheus.client.Counter;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.security.ServiceTokens;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;

/**
 * Sends lines to log-gateway in the background, some hundred at a time. A batch is sent again until log-gateway has
 * taken it; while it does not, lines wait in a bounded buffer, and what does not fit is dropped and counted.
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

    private final HttpCalls http =
            HttpCalls.named("log-gateway").within(TIMEOUT).atMostBytes(1 << 16).build();
    private final List<String> batch = new ArrayList<>(BATCH);
    private final BlockingQueue<String> waiting;
    private final URI target;
    private final ServiceTokens tokens;
    private final Loop loop;

    LogShipper(URI logGateway, ServiceTokens tokens, int buffer, ProgressWatch watch) {
        this.target = URI.create(logGateway.toString().replaceAll("/+$", "") + "/api/logs");
        this.tokens = tokens;
        this.waiting = new ArrayBlockingQueue<>(buffer);
        this.loop = Loop.named("log-shipper", this::ship)
                .backOff(PAUSE, PAUSE)
                .mayTake(TIMEOUT)
                .position(() -> waiting.size() + " lines that wait")
                .auxiliary()
                .build(watch);
    }

    @Override
    public void accept(String line) {
        if (!waiting.offer(line)) {
            DROPPED.labels("buffer-full").inc();
        }
    }

    @Override
    public void start() {
        loop.start();
    }

    /** A batch that log-gateway did not take is sent again in the next turn. */
    private void ship() throws IOException, InterruptedException {
        if (batch.isEmpty()) {
            String first = waiting.poll(1, TimeUnit.SECONDS);
            if (first == null) {
                return;
            }
            batch.add(first);
            waiting.drainTo(batch, BATCH - 1);
        }
        send();
        batch.clear();
    }

    /** Returns when the batch is done with: taken, or refused for good. */
    private void send() throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(String.join("\n", batch) + "\n"));
        tokens.current().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        HttpAnswer answer = http.send(request.build());
        if (answer.isOk()) {
            SHIPPED.inc(batch.size());
        } else if (answer.status() == 400 || answer.status() == 413 || answer.status() == 422) {
            DROPPED.labels("refused").inc(batch.size());
        } else {
            throw new IOException("log-gateway answers " + answer.status());
        }
    }

    @Override
    public void stop() {
        loop.stop();
        http.close();
        DROPPED.labels("stopped").inc(batch.size() + waiting.size());
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
