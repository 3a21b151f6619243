package io.tricolor.kit.inbox;

import io.tricolor.contracts.EventTypes;
import io.tricolor.kit.message.Envelope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Which topics a service consumes and what it does with their messages. A bean of this type is consumed; its name is
 * the Kafka consumer group and the name in the inbox, so it may not change.
 *
 * <p>A handler runs on the consumer's thread, in one database transaction with the inbox row where there is a database.
 * When it throws, the transaction is rolled back and the same message comes again, with growing pauses, for ever.
 */
public final class TopicConsumer {

    private final String name;
    private final List<String> topics;
    private final Map<Class<?>, BiConsumer<Object, Envelope>> handlers;

    private TopicConsumer(String name, List<String> topics, Map<Class<?>, BiConsumer<Object, Envelope>> handlers) {
        this.name = name;
        this.topics = topics;
        this.handlers = handlers;
    }

    /** Starts the definition of a consumer, for example {@code of("deploy-service", Topics.DEPLOY_COMMANDS)}. */
    public static Builder of(String name, String... topics) {
        if (topics.length == 0) {
            throw new IllegalArgumentException("consumer " + name + " has no topic");
        }
        return new Builder(name, List.of(topics));
    }

    String name() {
        return name;
    }

    List<String> topics() {
        return topics;
    }

    /** Whether some handler took it. */
    boolean handle(Object payload, Envelope envelope) {
        boolean handled = false;
        for (Map.Entry<Class<?>, BiConsumer<Object, Envelope>> handler : handlers.entrySet()) {
            if (handler.getKey().isInstance(payload)) {
                handler.getValue().accept(payload, envelope);
                handled = true;
            }
        }
        return handled;
    }

    /** Collects the handlers of a consumer. */
    public static final class Builder {

        private final String name;
        private final List<String> topics;
        private final Map<Class<?>, BiConsumer<Object, Envelope>> handlers = new LinkedHashMap<>();

        private Builder(String name, List<String> topics) {
            this.name = name;
            this.topics = topics;
        }

        /**
         * Handles the messages of one contract class, or of every class under a sealed interface. Types that no handler
         * takes are passed over and counted.
         */
        public <T> Builder on(Class<T> type, BiConsumer<T, Envelope> handler) {
            if (!type.isInterface()) {
                EventTypes.nameOf(type);
            }
            if (handlers.put(type, (payload, envelope) -> handler.accept(type.cast(payload), envelope)) != null) {
                throw new IllegalArgumentException("consumer " + name + " handles " + type.getName() + " twice");
            }
            return this;
        }

        /** The consumer. */
        public TopicConsumer build() {
            return new TopicConsumer(name, topics, Map.copyOf(handlers));
        }
    }
}
