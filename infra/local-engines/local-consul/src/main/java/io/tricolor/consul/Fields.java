package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads a JSON object as Consul does: case and underscores in names do not matter, durations are text or nanoseconds.
 * What nobody asked for is refused by {@link #refuseOthers}, unless it is empty: a registry that silently ignores half
 * of a registration is worse than one that says no.
 */
final class Fields {
    private final String what;
    private final Map<String, Map.Entry<String, JsonNode>> byName = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();

    Fields(String what, JsonNode node) {
        if (!node.isObject()) {
            throw new HttpFailure(400, "Request decode error: " + what + " must be an object");
        }
        this.what = what;
        node.properties().forEach(property -> byName.put(normal(property.getKey()), property));
    }

    String text(String name, String otherwise) {
        JsonNode node = node(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isString()) {
            throw wrong(name, "text");
        }
        return node.stringValue();
    }

    boolean flag(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return false;
        }
        if (!node.isBoolean()) {
            throw wrong(name, "true or false");
        }
        return node.booleanValue();
    }

    long number(String name, long min, long max, long otherwise) {
        JsonNode node = node(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            throw wrong(name, "a whole number of " + min + " to " + max);
        }
        return node.longValue();
    }

    /** A number of 64 bits without a sign. */
    long unsigned(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return 0;
        }
        if (!node.isIntegralNumber()
                || node.bigIntegerValue().signum() < 0
                || node.bigIntegerValue().bitLength() > 64) {
            throw wrong(name, "a whole number without a sign");
        }
        return node.bigIntegerValue().longValue();
    }

    Optional<Duration> duration(String name) {
        JsonNode node = node(name);
        if (node == null || (node.isString() && node.stringValue().isEmpty())) {
            return Optional.empty();
        }
        try {
            if (node.isString()) {
                return Optional.of(GoDuration.parse(node.stringValue()));
            }
            if (node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0) {
                return Optional.of(Duration.ofNanos(node.longValue()));
            }
        } catch (IllegalArgumentException e) {
            throw wrong(name, "a duration like 10s");
        }
        throw wrong(name, "a duration like 10s");
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : list(name)) {
            if (!item.isString()) {
                throw wrong(name, "a list of texts");
            }
            texts.add(item.stringValue());
        }
        return List.copyOf(texts);
    }

    List<JsonNode> list(String name) {
        JsonNode node = node(name);
        if (node == null) {
            return List.of();
        }
        if (!node.isArray()) {
            throw wrong(name, "a list");
        }
        return List.copyOf(node.values());
    }

    Optional<JsonNode> object(String name) {
        JsonNode node = node(name);
        if (node != null && !node.isObject()) {
            throw wrong(name, "an object");
        }
        return Optional.ofNullable(node);
    }

    Map<String, String> textMap(String name) {
        Map<String, String> map = new LinkedHashMap<>();
        object(name)
                .ifPresent(node -> node.properties().forEach(property -> {
                    if (!property.getValue().isString()) {
                        throw wrong(name, "an object of texts");
                    }
                    map.put(property.getKey(), property.getValue().stringValue());
                }));
        return map;
    }

    Map<String, List<String>> textsMap(String name) {
        Map<String, List<String>> map = new LinkedHashMap<>();
        object(name)
                .ifPresent(node -> node.properties().forEach(property -> {
                    List<String> values = new ArrayList<>();
                    for (JsonNode value :
                            property.getValue().isArray() ? property.getValue().values() : List.<JsonNode>of()) {
                        values.add(value.asString());
                    }
                    map.put(property.getKey(), List.copyOf(values));
                }));
        return map;
    }

    /** Refuses what is there and was not asked for, unless it is null, false, 0 or empty. */
    void refuseOthers() {
        byName.forEach((name, property) -> {
            if (!asked.contains(name) && !isEmpty(property.getValue())) {
                throw new HttpFailure(400, what + ": " + property.getKey() + " is not supported by local-consul");
            }
        });
    }

    private @Nullable JsonNode node(String name) {
        asked.add(normal(name));
        Map.Entry<String, JsonNode> property = byName.get(normal(name));
        return property == null || property.getValue().isNull() ? null : property.getValue();
    }

    private HttpFailure wrong(String name, String expected) {
        return new HttpFailure(400, "Request decode error: " + what + ": " + name + " must be " + expected);
    }

    private static boolean isEmpty(JsonNode node) {
        return node.isNull()
                || (node.isBoolean() && !node.booleanValue())
                || (node.isNumber() && node.doubleValue() == 0)
                || (node.isString() && node.stringValue().isEmpty())
                || (node.isContainer() && node.valueStream().allMatch(Fields::isEmpty));
    }

    private static String normal(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
