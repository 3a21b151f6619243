package io.tricolor.loggateway.elastic;

import io.prometheus.client.Gauge;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;

/**
 * Looks every few seconds whether Elasticsearch is there and knows the templates. Without it the service stays up:
 * lines are taken and wait in Kafka.
 */
final class ElasticsearchWatch implements SmartLifecycle, HealthIndicator {

    private static final Logger log = LoggerFactory.getLogger(ElasticsearchWatch.class);

    private static final Gauge UP = Gauge.build("tricolor_elasticsearch_up_boolean", "1 while Elasticsearch answers")
            .register();

    private final IndexTemplates templates;
    private final InstantSource clock;
    private final Loop loop;
    private volatile @Nullable Absence absence;

    ElasticsearchWatch(IndexTemplates templates, Duration interval, InstantSource clock, ProgressWatch watch) {
        this.templates = templates;
        this.loop = Loop.named("elasticsearch-watch", this::look)
                .every(interval)
                .auxiliary()
                .build(watch);
        this.clock = clock;
        this.absence = new Absence(clock.instant(), "not asked yet");
    }

    private record Absence(Instant since, String reason) {}

    @Override
    public void start() {
        loop.start();
    }

    private void look() {
        Absence before = absence;
        try {
            templates.verify();
            absence = null;
            UP.set(1);
            if (before != null) {
                log.info("Elasticsearch answers");
            }
        } catch (IOException | IllegalStateException e) {
            templates.forget();
            UP.set(0);
            String reason = e.getClass().getSimpleName() + ": " + firstLine(e.getMessage());
            absence = new Absence(before == null ? clock.instant() : before.since(), reason);
            if (before == null && loop.isRunning()) {
                log.warn("Elasticsearch does not answer, documents wait in Kafka: {}", reason);
            }
        }
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    @Override
    public Health health() {
        Absence now = absence;
        return now == null
                ? Health.up().withDetail("state", "available").build()
                : Health.up()
                        .withDetail("state", "degraded")
                        .withDetail("since", now.since().toString())
                        .withDetail("reason", now.reason())
                        .build();
    }
}
