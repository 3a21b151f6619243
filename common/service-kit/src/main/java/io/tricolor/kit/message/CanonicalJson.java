package io.tricolor.kit.message;

import io.tricolor.contracts.group.Manifest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one way of writing a contract record: compact, members in the record's order, maps sorted by key. Equal records give equal
 * bytes in every service. A member that is added to a record later must be left out while it has its default; else the
 * digest of what is there already changes.
 */
public final class CanonicalJson {

    private static final JsonMapper MAPPER = ContractsJson.mapper()
            .rebuild()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private CanonicalJson() {}

    /** Canonical text of a record or a map. */
    public static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** Lower-case hex of the SHA-256 of the canonical text in UTF-8. */
    public static String sha256(Object value) {
        try {
            byte[] text = text(value).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Digest of a desired state of a cluster. The order in which withdrawn instances are named does not count.
     *
     * @param instances by service
     * @param withdrawn ids by service; a service without ids is as one that is missing
     */
    public static String digestOfDesiredState(
            Manifest manifest, SortedMap<String, Integer> instances, Map<String, List<String>> withdrawn) {
        SortedMap<String, Object> sorted = new TreeMap<>();
        withdrawn.forEach((service, ids) -> {
            if (!ids.isEmpty()) {
                sorted.put(service, new TreeSet<>(ids));
            }
        });
        return sha256(Map.of("manifest", manifest, "instances", instances, "withdrawn", sorted));
    }
}
