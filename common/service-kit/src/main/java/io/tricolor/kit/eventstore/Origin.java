package io.tricolor.kit.eventstore;

import java.util.HashMap;
import java.util.Map;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.messaging.Message;
import org.axonframework.messaging.correlation.CorrelationDataProvider;

/** Hands who, why and what-for from a message to the messages that it leads to. */
final class Origin implements CorrelationDataProvider {

    @Override
    public Map<String, ?> correlationDataFor(Message<?> message) {
        Map<String, Object> origin = new HashMap<>();
        for (String key : EventMetadata.STORED) {
            Object value = message.getMetaData().get(key);
            if (value != null) {
                origin.put(key, value);
            }
        }
        origin.putIfAbsent(EventMetadata.CORRELATION_ID, message.getIdentifier());
        if (message instanceof EventMessage<?>) {
            origin.remove(EventMetadata.REASON);
            origin.remove(EventMetadata.COMMAND_ID);
            origin.put(EventMetadata.CAUSATION_ID, message.getIdentifier());
        } else {
            origin.putIfAbsent(EventMetadata.COMMAND_ID, message.getIdentifier());
            origin.putIfAbsent(EventMetadata.CAUSATION_ID, message.getIdentifier());
        }
        return origin;
    }
}
