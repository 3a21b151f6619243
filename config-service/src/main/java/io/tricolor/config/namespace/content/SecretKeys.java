package io.tricolor.config.namespace.content;

import io.tricolor.contracts.SecretNames;
import java.util.SortedMap;
import java.util.TreeMap;

/** Values that only those see who may change them, and the applications that they are for. */
public final class SecretKeys {

    /** Stands for a value that is not shown. */
    public static final String MASK = "******";

    private SecretKeys() {}

    /** The same map with the values of secrets masked. */
    public static SortedMap<String, Object> mask(SortedMap<String, Object> values) {
        SortedMap<String, Object> masked = new TreeMap<>(values);
        masked.replaceAll((key, value) -> SecretNames.isSecret(key, value) ? MASK : value);
        return masked;
    }
}
