package io.tricolor.config.secret;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Keys that wrap the data keys. They are in no database.
 *
 * @param primary the one that wraps from now on
 */
record MasterKeys(Map<String, SecretKey> keys, String primary) {

    private static final String SETTING = "tricolor.config.encryption.keys-file";
    private static final String PRIMARY = "primary";
    private static final int BYTES = 32;

    /** Null when there is no file. Throws {@link IllegalStateException} for a file that has no keys as it should. */
    static @Nullable MasterKeys read(@Nullable String file) {
        if (file == null || file.isBlank()) {
            return null;
        }
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            lines.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            // Not its message, which may quote what it has read.
            throw new IllegalStateException(SETTING + ": " + file + " cannot be read as properties");
        }
        String primary = lines.getProperty(PRIMARY, "");
        lines.remove(PRIMARY);
        Map<String, SecretKey> keys = new TreeMap<>();
        for (String id : lines.stringPropertyNames()) {
            keys.put(id, key(file, id, lines.getProperty(id)));
        }
        if (!keys.containsKey(primary)) {
            throw new IllegalStateException(SETTING + ": " + file + " names no key of its own as primary");
        }
        return new MasterKeys(keys, primary);
    }

    private static SecretKey key(String file, String id, String text) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.strip());
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != BYTES) {
            throw new IllegalStateException(
                    SETTING + ": " + file + ": " + id + " is not " + BYTES + " bytes in Base64");
        }
        return new SecretKeySpec(bytes, "AES");
    }

    /** Throws {@link IllegalStateException} when there is no such key. */
    SecretKey key(String id) {
        SecretKey key = keys.get(id);
        if (key == null) {
            throw new IllegalStateException(SETTING + " lacks the key " + id + ", which wraps keys in the database");
        }
        return key;
    }

    /** The names alone. */
    @Override
    public String toString() {
        return "master keys " + keys.keySet() + ", primary " + primary;
    }
}
