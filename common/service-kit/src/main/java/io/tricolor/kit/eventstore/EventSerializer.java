package io.tricolor.kit.eventstore;

import io.tricolor.contracts.EventType;
import io.tricolor.kit.message.ContractsJson;
import java.util.Objects;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.ChainingConverter;
import org.axonframework.serialization.SerializationException;
import org.axonframework.serialization.SerializedType;
import org.axonframework.serialization.SimpleSerializedType;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Events as JSON under their {@link EventType} name and revision. A name that nobody knows, or a revision that no
 * upcaster brought up to today's, is an error: an event is never skipped.
 */
final class EventSerializer extends Jackson3Serializer {

    private static final String METADATA = MetaData.class.getName();

    private final StoredTypes types;

    EventSerializer(StoredTypes types) {
        super(Jackson3Serializer.builder()
                .converter(new ChainingConverter())
                .jsonMapperBuilderCustomizer(ContractsJson::configure));
        this.types = types;
    }

    @Override
    @SuppressWarnings("rawtypes") // as the overridden method has it
    public SerializedType typeForClass(@Nullable Class type) {
        if (type == null || type == Void.class || type == Void.TYPE) {
            return SimpleSerializedType.emptyType();
        }
        if (MetaData.class.isAssignableFrom(type)) {
            return new SimpleSerializedType(METADATA, null);
        }
        EventType annotation = StoredTypes.annotationOf((Class<?>) type)
                .orElseThrow(() -> new SerializationException(
                        type.getName() + " cannot be stored as an event: it has no @EventType"));
        if (types.byName(annotation.value()).orElse(null) != type) {
            throw new SerializationException(type.getName() + " cannot be stored as an event: \"" + annotation.value()
                    + "\" is not a published type; name it in a ServiceEventTypes bean");
        }
        return new SimpleSerializedType(annotation.value(), Integer.toString(annotation.revision()));
    }

    @Override
    public Class<?> classForType(SerializedType type) {
        if (SimpleSerializedType.emptyType().equals(type)) {
            return Void.class;
        }
        if (METADATA.equals(type.getName())) {
            return MetaData.class;
        }
        Class<?> found = types.byName(type.getName())
                .orElseThrow(() -> new SerializationException("no class is known for the stored event type \""
                        + type.getName() + "\" revision " + type.getRevision()));
        String today =
                Integer.toString(StoredTypes.annotationOf(found).orElseThrow().revision());
        if (!Objects.equals(today, type.getRevision())) {
            throw new SerializationException("event type \"" + type.getName() + "\" is stored with revision "
                    + type.getRevision() + " and no upcaster brings it to " + today);
        }
        return found;
    }
}
