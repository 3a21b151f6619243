package io.tricolor.contracts;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a record says about its members in JSON. */
final class Members {

    private Members() {}

    /**
     * A member of a record.
     *
     * @param absent whether it may be left out
     * @param writtenAsNull whether it is written as null when it has no value
     */
    record Member(Type type, boolean absent, boolean writtenAsNull) {}

    /** Members of a record in order; empty for a record that is written as something else than an object. */
    static Map<String, Member> of(Class<?> type) {
        Map<String, Member> members = new LinkedHashMap<>();
        if (!isObject(type)) {
            return members;
        }
        JsonInclude include = type.getAnnotation(JsonInclude.class);
        boolean omitsNull = include != null && include.value() == JsonInclude.Include.NON_NULL;
        for (RecordComponent component : type.getRecordComponents()) {
            boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            boolean omitted = mayBeOmitted(component);
            members.put(
                    component.getName(),
                    new Member(component.getGenericType(), nullable || omitted, nullable && !omitsNull && !omitted));
        }
        return members;
    }

    private static boolean mayBeOmitted(RecordComponent component) {
        JsonInclude include = component.getAccessor().getAnnotation(JsonInclude.class);
        return include != null
                && (include.value() == JsonInclude.Include.NON_NULL
                        || include.value() == JsonInclude.Include.NON_EMPTY
                        || include.value() == JsonInclude.Include.NON_DEFAULT
                        || include.value() == JsonInclude.Include.CUSTOM);
    }

    static boolean isObject(Class<?> type) {
        return type.isRecord()
                && Arrays.stream(type.getDeclaredMethods()).noneMatch(m -> m.isAnnotationPresent(JsonValue.class));
    }

    /** Subtypes by the value of their member {@code type}; empty for a type without. */
    static Map<String, Class<?>> subtypes(Class<?> type) {
        Map<String, Class<?>> byName = new LinkedHashMap<>();
        JsonSubTypes declared = type.getAnnotation(JsonSubTypes.class);
        if (declared != null) {
            for (JsonSubTypes.Type subtype : declared.value()) {
                byName.put(subtype.name(), subtype.value());
            }
        }
        return byName;
    }

    /** Whether objects of this type are written with the member {@code type}. */
    static boolean isSubtype(Class<?> type) {
        return Arrays.stream(type.getInterfaces())
                .anyMatch(family -> subtypes(family).containsValue(type));
    }

    static Class<?> rawType(Type type) {
        return type instanceof ParameterizedType parameterized
                ? (Class<?>) parameterized.getRawType()
                : (Class<?>) type;
    }

    static boolean isList(Type type) {
        return Collection.class.isAssignableFrom(rawType(type));
    }

    static boolean isMap(Type type) {
        return Map.class.isAssignableFrom(rawType(type));
    }

    /** Type of the elements of a list or of the values of a map. */
    static Type contentOf(Type type) {
        Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
        return arguments[arguments.length - 1];
    }
}
