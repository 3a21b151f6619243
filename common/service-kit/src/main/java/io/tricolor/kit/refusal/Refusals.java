package io.tricolor.kit.refusal;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.audit.AttemptRefused;
import io.tricolor.contracts.audit.AttemptsSuppressed;
import io.tricolor.contracts.audit.AuditFact;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.MessagePublisher;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Brings refused commands to Kafka, from where log-gateway takes them into the audit trail. Never blocks a request. */
final class Refusals implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private static final Duration SUM = Duration.ofMinutes(1);

    private static final Counter REFUSED = Counter.build(
                    "tricolor_refused_commands_total", "Commands that were refused")
            .labelNames("outcome")
            .register();

    private final RefusalLedger ledger;
    private final MessagePublisher publisher;
    private final InstantSource clock;
    private final String service;
    private final Loop loop;

    Refusals(String service, MessagePublisher publisher, InstantSource clock, ProgressWatch watch) {
        this.ledger = new RefusalLedger(service);
        this.publisher = publisher;
        this.clock = clock;
        this.service = service;
        this.loop = Loop.named("refusals", this::sum).every(SUM).auxiliary().build(watch);
    }

    void take(AttemptRefused attempt) {
        if (ledger.takes(attempt)) {
            publish(attempt, attempt.actor(), attempt.at(), attempt.traceId());
            REFUSED.labels("recorded").inc();
        } else {
            REFUSED.labels("counted").inc();
        }
    }

    private void sum() {
        for (AttemptsSuppressed sum : ledger.sum(clock.instant())) {
            publish(sum, sum.actor(), sum.at(), null);
        }
    }

    private void publish(AuditFact fact, @Nullable String actor, Instant at, @Nullable String traceId) {
        Envelope envelope = new Envelope(
                UUID.randomUUID().toString(), publisher.source(), null, at, null, actor, null, null, traceId);
        var _ = publisher
                .publish(Topics.AUDIT_REFUSALS, actor == null ? service : actor, fact, envelope)
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        REFUSED.labels("lost").inc();
                        log.warn("a refused command did not reach Kafka: {}", failure.toString());
                    }
                });
    }

    @Override
    public void start() {
        loop.start();
    }

    /** What is counted goes out, as far as Kafka takes it now. */
    @Override
    public void stop() {
        loop.stop();
        sum();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
