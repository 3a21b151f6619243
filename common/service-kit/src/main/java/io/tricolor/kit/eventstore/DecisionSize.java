package io.tricolor.kit.eventstore;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.message.MessageSizes;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.serialization.Serializer;

/**
 * How much one decision may store. What is stored goes on to Kafka, into the audit trail and, as tables, to routers and
 * the registry: none of them may meet something that it has to refuse, because then nothing behind it would ever get
 * there.
 */
final class DecisionSize {

    private DecisionSize() {}

    /** Throws {@link Rejected} with DECISION_TOO_LARGE when the events together are above the bound. */
    static void check(List<? extends EventMessage<?>> events, Serializer serializer) {
        long bytes = 0;
        for (EventMessage<?> event : events) {
            bytes += event.serializePayload(serializer, byte[].class).getData().length;
            bytes += event.serializeMetaData(serializer, byte[].class).getData().length;
        }
        if (bytes > MessageSizes.LARGEST_DECISION) {
            throw new Rejected(
                    Code.DECISION_TOO_LARGE,
                    "what this would record has " + bytes + " bytes, and at most " + MessageSizes.LARGEST_DECISION
                            + " can be recorded at once");
        }
    }
}
