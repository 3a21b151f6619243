package io.tricolor.deploy.secret;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Environment variables with secrets. Its text has their names alone. */
public final class SecretValues {

    /** None. */
    public static final SecretValues NONE = new SecretValues(Map.of());

    private static final String MASK = "******";

    private final SortedMap<String, String> byVariable;

    /** Values by the name of the variable. */
    public SecretValues(Map<String, String> byVariable) {
        this.byVariable = new TreeMap<>(byVariable);
    }

    /** Puts the variables into the environment of an instance. */
    public void addTo(Map<String, String> environment) {
        environment.putAll(byVariable);
    }

    /** A text from elsewhere without the values, should it repeat what it was sent. */
    public String masked(String text) {
        String masked = text;
        for (String value : byVariable.values()) {
            masked = value.isEmpty() ? masked : masked.replace(value, MASK);
        }
        return masked;
    }

    @Override
    public String toString() {
        return "SecretValues" + byVariable.keySet();
    }
}
