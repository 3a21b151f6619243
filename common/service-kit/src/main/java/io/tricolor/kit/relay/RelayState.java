package io.tricolor.kit.relay;

import io.prometheus.client.Gauge;
import io.tricolor.kit.eventstore.StreamReader;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Where the relay is. A relay that waits for Kafka does not make the service unhealthy: it still takes commands, and its
 * events wait in the store.
 */
public final class RelayState implements HealthIndicator {

    private final StreamReader store;
    private volatile long position;
    private volatile @Nullable Instant failingSince;
    private volatile @Nullable String failure;

    RelayState(StreamReader store) {
        this.store = store;
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
        return Math.max(0, store.headPosition() - position);
    }

    /** Global position of the last event that Kafka has acknowledged since the start of this process, 0 for none. */
    public long position() {
        return position;
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
        failure = cause.toString();
    }

    @Override
    public Health health() {
        Instant since = failingSince;
        String why = failure;
        Health.Builder health = Health.up().withDetail("position", position).withDetail("degraded", since != null);
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
