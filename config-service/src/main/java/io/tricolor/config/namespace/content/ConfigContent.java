package io.tricolor.config.namespace.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.message.ContractsJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/**
 * What one revision has. Its stored form is JSON, with the keys in their order; its name is the SHA-256 of that.
 *
 * @param values by flat keys as Spring has them ({@code server.port}, {@code hosts[0]}), in the order of the document:
 *     text, numbers or truth values
 * @param source the document that the values were read from, null when they came as JSON
 * @param files plain files by their path, for example {@code nginx/site.conf}
 */
public record ConfigContent(
        Map<String, Object> values, @Nullable Source source, SortedMap<String, String> files) {

    /** Begins the name of a file where keys and files are listed together. */
    public static final String FILE = "file:";

    /** A content without a key. */
    public static final ConfigContent EMPTY = new ConfigContent(Map.of());

    /** Bytes of the stored form. */
    static final int LARGEST = 1024 * 1024;

    private static final TypeReference<TreeMap<String, Object>> FIRST_FORM = new TypeReference<>() {};

    /**
     * A document as somebody wrote it.
     *
     * @param format {@code yaml} or {@code properties}
     */
    public record Source(String format, String text) {}

    /** The stored form: members in this order. */
    private record Stored(
            LinkedHashMap<String, Object> values, @Nullable Source source, TreeMap<String, String> files) {}

    /** Copies the maps. Throws {@link IllegalArgumentException} for a value of any other type. */
    public ConfigContent {
        values.forEach(ConfigContent::check);
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** Values that came as JSON, and no files. */
    public ConfigContent(Map<String, Object> values) {
        this(values, null, new TreeMap<>());
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

    /** From what was stored before contents had an order: an object of the values, sorted. */
    static ConfigContent ofFirstForm(String json) {
        return new ConfigContent(ContractsJson.mapper().readValue(json, FIRST_FORM));
    }

    static ConfigContent ofStored(String json) {
        Stored stored = ContractsJson.mapper().readValue(json, Stored.class);
        return new ConfigContent(stored.values(), stored.source(), stored.files());
    }

    /** The stored form. Throws {@link Rejected} when it is longer than 1 MiB. */
    String stored() {
        String json = ContractsJson.mapper()
                .writeValueAsString(new Stored(new LinkedHashMap<>(values), source, new TreeMap<>(files)));
        if (json.length() > LARGEST || json.getBytes(UTF_8).length > LARGEST) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a revision is at most 1 MiB, with its document and its files");
        }
        return json;
    }

    /** The same values and document with other files. */
    public ConfigContent with(Map<String, String> otherFiles) {
        return new ConfigContent(values, source, new TreeMap<>(otherFiles));
    }

    /** SHA-256 of the stored form, 64 hexadecimal digits. */
    public String sha256() {
        return sha256(stored());
    }

    static String sha256(String stored) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(stored.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Keys, and files as {@code file:<path>}. */
    private Map<String, Object> everything() {
        if (files.isEmpty()) {
            return values;
        }
        Map<String, Object> all = new LinkedHashMap<>(values);
        files.forEach((path, text) -> all.put(FILE + path, text));
        return all;
    }

    /** What has to happen to this content to become {@code other}. */
    public ContentDiff diff(ConfigContent other) {
        Map<String, Object> mine = everything();
        Map<String, Object> theirs = other.everything();
        SortedMap<String, Object> added = new TreeMap<>();
        SortedMap<String, Object> removed = new TreeMap<>();
        SortedMap<String, ContentDiff.Change> changed = new TreeMap<>();
        theirs.forEach((key, value) -> {
            Object before = mine.get(key);
            if (before == null) {
                added.put(key, value);
            } else if (!before.equals(value)) {
                changed.put(key, new ContentDiff.Change(before, value));
            }
        });
        mine.forEach((key, value) -> {
            if (!theirs.containsKey(key)) {
                removed.put(key, value);
            }
        });
        return new ContentDiff(added, removed, changed);
    }
}
