package io.tricolor.kit.message;

import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** How contracts become JSON, in the event store and on Kafka alike. */
public final class ContractsJson {

    private static final JsonMapper MAPPER = mapperBuilder().build();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private ContractsJson() {}

    /** The one mapper for contract records. Immutable. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** JSON text of an object as maps, lists and values; may be changed. */
    public static Map<String, Object> object(byte[] json) {
        return MAPPER.readValue(json, OBJECT);
    }

    /** Applies the settings to another builder. */
    public static void configure(JsonMapper.Builder builder) {
        builder.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                // a client may leave out what has a default, such as "all" of a rule or "cpus" of a service
                .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    }

    private static JsonMapper.Builder mapperBuilder() {
        JsonMapper.Builder builder = JsonMapper.builder();
        configure(builder);
        return builder;
    }
}
