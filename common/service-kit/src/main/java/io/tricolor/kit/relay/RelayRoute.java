package io.tricolor.kit.relay;

import org.jspecify.annotations.Nullable;

/** Says where on Kafka an event goes. A service that has a bean of this type has a relay. */
@FunctionalInterface
public interface RelayRoute {

    /** Where {@code event} goes, null for an event that stays inside the service. */
    @Nullable
    Target targetOf(Object event);

    /**
     * A topic and the key that keeps order in it.
     *
     * @param key for example the group id
     * @param last whether a tombstone of the key follows, so that compaction removes it
     */
    record Target(String topic, String key, boolean last) {

        /** Nothing follows. */
        public Target(String topic, String key) {
            this(topic, key, false);
        }
    }
}
