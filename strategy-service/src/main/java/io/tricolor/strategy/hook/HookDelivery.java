package io.tricolor.strategy.hook;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejected;
import io.tricolor.kit.http.BodyTooLarge;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.strategy.group.domain.WebhookCall;
import io.tricolor.strategy.hook.Hooks.Question;
import io.tricolor.strategy.outgoing.Networks;
import io.tricolor.strategy.outgoing.OutgoingProperties;
import io.tricolor.strategy.outgoing.SignedEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Asks the webhooks that are due, several at once, on a loop of its own: no other gate waits for them. */
@Component
class HookDelivery implements SmartLifecycle {

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    static final Duration AGAIN = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final int ANSWER_BYTES = 1 << 16;
    private static final int AT_ONCE = 16;
    private static final int ACCEPTED = 202;

    private static final Counter CALLS = Counter.build(
                    "tricolor_webhook_calls_total", "Questions to webhooks, by how they ended")
            .labelNames("outcome")
            .register();

    private final Hooks hooks;
    private final OutgoingProperties properties;
    private final Networks networks;
    private final InstantSource clock;
    private final HttpCalls http = HttpCalls.named("webhook-gate")
            .within(TIMEOUT)
            .atMostBytes(ANSWER_BYTES)
            .build();
    private final Loop loop;

    HookDelivery(Hooks hooks, OutgoingProperties properties, InstantSource clock, ProgressWatch watch) {
        this.hooks = hooks;
        this.properties = properties;
        this.networks = new Networks(properties.outgoingNetworks());
        this.clock = clock;
        this.loop = Loop.named("webhooks", this::turn)
                .every(LOOK)
                .mayTake(TIMEOUT)
                .auxiliary()
                .build(watch);
    }

    private void turn() throws InterruptedException {
        List<Question> due = hooks.take(AT_ONCE);
        if (due.isEmpty()) {
            return;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> asked = due.stream()
                    .<Future<?>>map(question -> threads.submit(() -> ask(question)))
                    .toList();
            for (Future<?> one : asked) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause()); // it is asked again after its lease
                }
            }
        }
        loop.moved();
    }

    private void ask(Question question) {
        if (!hooks.isAsked(question.call())) {
            hooks.over(question);
            return;
        }
        String outcome = "failed";
        try {
            networks.check(URI.create(question.call().url()).getHost());
            HttpAnswer answer = http.send(request(question));
            if (answer.status() == ACCEPTED) {
                outcome = promised(question);
            } else if (answer.isOk()) {
                Answer said = Answer.read(answer.text());
                hooks.answered(question, said, AGAIN);
                outcome = said.verdict().name().toLowerCase(Locale.ROOT);
            } else {
                failed(question, "the webhook answers " + answer.status());
            }
        } catch (Rejected e) {
            failed(question, e.rejection().message());
        } catch (HttpTimeoutException e) {
            failed(question, "the webhook has not answered within " + TIMEOUT);
        } catch (BodyTooLarge e) {
            failed(question, "the answer of the webhook is too large");
        } catch (IOException e) {
            failed(
                    question,
                    e.getCause() == null ? String.valueOf(e.getMessage()) : "the webhook could not be reached");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the service stops; the other instance asks after the lease
        }
        CALLS.labels(outcome).inc();
    }

    private String promised(Question question) {
        if (properties.publicBase() == null) {
            failed(question, "the webhook wants to answer later, and tricolor.strategy.public-base is not set");
            return "failed";
        }
        hooks.promised(question);
        return "promised";
    }

    private void failed(Question question, String error) {
        hooks.failed(question, error, pauseAfter(question.attempts()));
    }

    /** 1 s, 2 s, 4 s … 1 min. */
    static Duration pauseAfter(int attempts) {
        Duration pause = Duration.ofSeconds(1L << Math.min(Math.max(attempts - 1, 0), 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    private HttpRequest request(Question question) throws IOException {
        WebhookCall call = question.call();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("groupId", call.groupId());
        data.put("upgradeId", call.upgradeId());
        data.put("stage", call.stage());
        data.put("gate", call.gate());
        data.put("cluster", call.cluster());
        data.put("release", call.release());
        if (call.baseline() != null) {
            data.put("baseline", call.baseline());
            data.put("baselineRelease", String.valueOf(call.baselineRelease()));
        }
        URI base = properties.publicBase();
        if (base != null) {
            data.put(
                    "callback",
                    Map.of(
                            "url",
                            base.toString().replaceAll("/+$", "") + "/api/gate-callbacks/" + question.number(),
                            "token",
                            question.token()));
        }
        Instant now = clock.instant();
        return new SignedEvent(question.id(), "io.tricolor.gate.asked.v1", call.groupId(), now, data)
                .to(URI.create(call.url()), secret(), now);
    }

    private @Nullable String secret() throws IOException {
        Path file = properties.webhookSecretFile();
        return file == null ? null : Files.readString(file).strip();
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
