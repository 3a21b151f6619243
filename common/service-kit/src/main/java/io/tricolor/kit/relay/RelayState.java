package io.tricolor.kit.relay;

import io.prometheus.client.Gauge;
import io.tricolor.kit.eventstore.StreamReader;
import java.time.Instant;
import java.util.Optional;
import org.axonframework.config.Configuration;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.core.NestedExceptionUtils;

/**
 * Where the relay is. A relay that waits for Kafka does not make the service unhealthy: it still takes commands, and
 * its events wait in the store.
 */
public final class RelayState implements HealthIndicator {

    private final StreamReader store;
    private final Configuration configuration;
    private volatile long position;
    private volatile @Nullable Instant failingSince;
    private volatile @Nullable String failure;

    RelayState(StreamReader store, Configuration configuration) {
        this.store = store;
        this.configuration = configuration;
        Gauge lag = Lag.GAUGE;
        lag.setChild(new Gauge.Child() {
            @Override
            public double get() {
                return lag();
            }
        });
    }

    /** Positions that are stored and not yet acknowledged by Kafka. Asks the database; blocking. */
    public long lag() {
        return Math.max(0, store.headPosition() - position());
    }

    /**
     * Global position of the last event that Kafka has acknowledged, 0 for none; also when that was in an earlier
     * process.
     */
    public long position() {
        return Math.max(position, storedPosition());
    }

    private long storedPosition() {
        return configuration
                .eventProcessingConfiguration()
                .eventProcessor(KafkaRelay.NAME, StreamingEventProcessor.class)
                .flatMap(processor ->
                        Optional.ofNullable(processor.processingStatus().get(0)))
                .map(status -> status.getCurrentPosition().orElse(0))
                .orElse(0L);
    }

    void advanced(long to) {
        position = to;
        failingSince = null;
        failure = null;
    }

    void failed(Exception cause) {
        if (failingSince == null) {
            failingSince = Instant.now();
        }
        failure = String.valueOf(NestedExceptionUtils.getMostSpecificCause(cause));
    }

    @Override
    public Health health() {
        Instant since = failingSince;
        String why = failure;
        Health.Builder health = Health.up().withDetail("position", position()).withDetail("degraded", since != null);
        if (since != null && why != null) {
            health.withDetail("failingSince", since.toString()).withDetail("failure", why);
        }
        return health.build();
    }

    private static final class Lag {

        static final Gauge GAUGE = Gauge.build(
                        "tricolor_relay_lag_events", "Positions stored and not yet acknowledged by Kafka")
                .register();
    }
}
