package io.tricolor.config.namespace.content;

import io.tricolor.contracts.SecretNames;
import java.util.LinkedHashMap;
import java.util.Map;

/** Values that only those see who may change them, and the applications that they are for. */
public final class SecretKeys {

    /** Stands for a value that is not shown. */
    public static final String MASK = "******";

    private SecretKeys() {}

    /** The same map in the same order with the values of secrets masked. What is in a file may be one. */
    public static Map<String, Object> mask(Map<String, Object> values) {
        Map<String, Object> masked = new LinkedHashMap<>(values);
        masked.replaceAll((key, value) -> isSecret(key, value) ? MASK : value);
        return masked;
    }

    static boolean isSecret(String key, Object value) {
        return key.startsWith(ConfigContent.FILE) || SecretNames.isSecret(key, value);
    }
}
