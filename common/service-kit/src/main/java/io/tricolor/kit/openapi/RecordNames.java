package io.tricolor.kit.openapi;

import com.fasterxml.jackson.databind.JavaType;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.media.Schema;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/** Which class each schema describes. Two classes of one name would hide each other: that is an error. */
final class RecordNames implements ModelConverter {

    private static final String PREFIX = "#/components/schemas/";

    private final Map<String, Class<?>> classes = new ConcurrentHashMap<>();
    private final Set<Class<?>> sealed = ConcurrentHashMap.newKeySet();
    private final Set<String> clashes = new ConcurrentSkipListSet<>();

    @Override
    public @Nullable Schema<?> resolve(
            AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
        Schema<?> schema = chain.hasNext() ? chain.next().resolve(type, context, chain) : null;
        JavaType java = Json.mapper().constructType(type.getType());
        if (java != null && java.getRawClass().isSealed()) {
            sealed.add(java.getRawClass());
        }
        if (java != null && schema != null) {
            String name = schema.get$ref() == null ? whole(schema, java.getRawClass()) : named(schema.get$ref());
            if (name != null) {
                keep(name, java.getRawClass());
            }
        }
        return schema;
    }

    /** The name of a record's own schema, which an annotation asks for; null for a part of another one. */
    private static @Nullable String whole(Schema<?> schema, Class<?> described) {
        return described.isRecord() && described.getSimpleName().equals(schema.getName()) ? schema.getName() : null;
    }

    /** The schema {@code name} is of this class. */
    void keep(String name, Class<?> described) {
        Class<?> known = classes.putIfAbsent(name, described);
        if (known != null && !known.equals(described)) {
            clashes.add("the schema " + name + " would be of " + known.getName() + " and of " + described.getName());
        }
    }

    /** Sealed types among all that the document speaks of. */
    Set<Class<?>> sealed() {
        return sealed;
    }

    /** Schemas that two classes claim. */
    Set<String> clashes() {
        return clashes;
    }

    /** The class that a schema describes; null when it is none of ours. */
    @Nullable
    Class<?> of(String schema) {
        return classes.get(schema);
    }

    static @Nullable String named(@Nullable String ref) {
        return ref != null && ref.startsWith(PREFIX) ? ref.substring(PREFIX.length()) : null;
    }

    static String ref(String name) {
        return PREFIX + name;
    }
}
