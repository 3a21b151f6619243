package io.tricolor.kit.eventstore;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.EventTypes;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Event classes by their stored name. */
final class StoredTypes {

    private final Map<String, Class<?>> byName = new HashMap<>();

    StoredTypes(Collection<ServiceEventTypes> additional) {
        EventTypes.all().forEach(this::add);
        additional.forEach(source -> source.types().forEach(this::add));
    }

    private void add(Class<?> type) {
        Class<?> other = byName.put(EventTypes.nameOf(type), type);
        if (other != null && other != type) {
            throw new IllegalStateException(type + " and " + other + " share the name " + EventTypes.nameOf(type));
        }
    }

    Optional<Class<?>> byName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    static Optional<EventType> annotationOf(Class<?> type) {
        return Optional.ofNullable(type.getAnnotation(EventType.class));
    }
}
