package io.tricolor.config.namespace.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.kit.message.ContractsJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.type.TypeReference;

/**
 * Properties of one revision: flat keys as Spring has them ({@code server.port}, {@code hosts[0]}), values are text,
 * numbers or truth values. Its canonical form is JSON with sorted keys.
 *
 * @param values by key
 */
public record ConfigContent(SortedMap<String, Object> values) {

    /** A content without a key. */
    public static final ConfigContent EMPTY = new ConfigContent(new TreeMap<>());

    private static final TypeReference<TreeMap<String, Object>> VALUES = new TypeReference<>() {};

    /** Copies the map. Throws {@link IllegalArgumentException} for a value of any other type. */
    public ConfigContent {
        values.forEach(ConfigContent::check);
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    private static void check(String key, Object value) {
        switch (value) {
            case String text -> {}
            case Boolean truth -> {}
            case Integer number -> {}
            case Long number -> {}
            case BigInteger number -> {}
            case BigDecimal number -> {}
            default -> throw new IllegalArgumentException(key + " has a value that is no text, number or truth value");
        }
    }

    static ConfigContent ofCanonical(String json) {
        return new ConfigContent(ContractsJson.mapper().readValue(json, VALUES));
    }

    /** The canonical form. */
    public String canonical() {
        return ContractsJson.mapper().writeValueAsString(values);
    }

    /** SHA-256 of the canonical form, 64 hexadecimal digits. */
    public String sha256() {
        return sha256(canonical());
    }

    static String sha256(String canonical) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What has to happen to this content to become {@code other}. */
    public ContentDiff diff(ConfigContent other) {
        SortedMap<String, Object> added = new TreeMap<>();
        SortedMap<String, Object> removed = new TreeMap<>();
        SortedMap<String, ContentDiff.Change> changed = new TreeMap<>();
        for (Map.Entry<String, Object> entry : other.values.entrySet()) {
            Object before = values.get(entry.getKey());
            if (before == null) {
                added.put(entry.getKey(), entry.getValue());
            } else if (!before.equals(entry.getValue())) {
                changed.put(entry.getKey(), new ContentDiff.Change(before, entry.getValue()));
            }
        }
        for (Map.Entry<String, Object> entry : values.entrySet()) {
            if (!other.values.containsKey(entry.getKey())) {
                removed.put(entry.getKey(), entry.getValue());
            }
        }
        return new ContentDiff(added, removed, changed);
    }
}
