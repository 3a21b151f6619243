package io.tricolor.config.namespace.content;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keys whose values only those see who may change them, and the applications that they are for. */
public final class SecretKeys {

    /** Stands for a value that is not shown. */
    public static final String MASK = "******";

    private static final Pattern SECRET = Pattern.compile(
            "(?i)passw|pwd|secret|token|credential|private-?key|api-?key|access-?key|signing-?key|connection-?string");

    private SecretKeys() {}

    /** Whether the name of a key says that its value is a secret. */
    public static boolean looksSecret(String key) {
        return SECRET.matcher(key).find();
    }

    /** The same map with the values of secrets masked. */
    public static SortedMap<String, Object> mask(SortedMap<String, Object> values) {
        SortedMap<String, Object> masked = new TreeMap<>(values);
        masked.replaceAll((key, value) -> looksSecret(key) ? MASK : value);
        return masked;
    }
}
