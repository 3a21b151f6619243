package io.tricolor.kit.eventstore;

import io.tricolor.contracts.Upcast;
import io.tricolor.contracts.Upcasts;
import io.tricolor.kit.message.ContractsJson;
import java.util.Optional;
import java.util.stream.Stream;
import org.axonframework.serialization.SerializedType;
import org.axonframework.serialization.SimpleSerializedType;
import org.axonframework.serialization.upcasting.event.EventUpcaster;
import org.axonframework.serialization.upcasting.event.IntermediateEventRepresentation;

/** Brings stored events to today's revision while they are read; what is stored stays as it is. */
final class StoredUpcasts implements EventUpcaster {

    private final Upcasts upcasts;

    StoredUpcasts(Upcasts upcasts) {
        this.upcasts = upcasts;
    }

    @Override
    public Stream<IntermediateEventRepresentation> upcast(Stream<IntermediateEventRepresentation> stored) {
        return stored.map(this::upToDate);
    }

    private IntermediateEventRepresentation upToDate(IntermediateEventRepresentation stored) {
        IntermediateEventRepresentation event = stored;
        for (Optional<Upcast> step = stepOf(event); step.isPresent(); step = stepOf(event)) {
            Upcast next = step.get();
            event = event.upcastPayload(
                    new SimpleSerializedType(next.name(), Integer.toString(next.fromRevision() + 1)),
                    byte[].class,
                    json -> ContractsJson.mapper()
                            .writeValueAsBytes(next.change().apply(ContractsJson.object(json))));
        }
        return event;
    }

    private Optional<Upcast> stepOf(IntermediateEventRepresentation event) {
        SerializedType type = event.getType();
        String revision = type.getRevision();
        if (revision == null || !revision.chars().allMatch(c -> c >= '0' && c <= '9') || revision.length() > 9) {
            return Optional.empty();
        }
        return upcasts.from(type.getName(), Integer.parseInt(revision));
    }
}
