package io.tricolor.kit.eventstore;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How instances of a service share a store.
 *
 * @param poll so long after the last notification the store is looked at for new events, 1 ms or more
 * @param claimTimeout so long a processor belongs to an instance that is not heard of any more; 1 s or more
 */
@ConfigurationProperties("tricolor.event-store")
record EventStoreProperties(
        @DefaultValue("1s") Duration poll,
        @DefaultValue("5s") Duration claimTimeout) {

    EventStoreProperties {
        if (poll.toMillis() < 1 || poll.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("tricolor.event-store.poll is from 1ms to 1h, not " + poll);
        }
        if (claimTimeout.toMillis() < 1000) {
            throw new IllegalArgumentException("tricolor.event-store.claim-timeout is 1s or more, not " + claimTimeout);
        }
    }
}
