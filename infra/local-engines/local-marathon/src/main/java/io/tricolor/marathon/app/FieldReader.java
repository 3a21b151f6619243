package io.tricolor.marathon.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads members of one JSON object and notes what is wrong with them under their path. */
final class FieldReader {

    private final ObjectNode json;
    private final String path;
    private final AppReader.Problems problems;

    FieldReader(ObjectNode json, String path, AppReader.Problems problems) {
        this.json = json;
        this.path = path;
        this.problems = problems;
    }

    boolean has(String name) {
        return AppReader.isPresent(json.get(name));
    }

    boolean isEmpty(String name) {
        JsonNode value = json.get(name);
        return !AppReader.isPresent(value) || (value.isContainer() && value.isEmpty()) || value.isBoolean();
    }

    @Nullable
    JsonNode raw(String name) {
        return has(name) ? json.get(name) : null;
    }

    void invalid(String name, String error) {
        problems.invalid(path + "/" + name, error);
    }

    @org.jspecify.annotations.NullUnmarked
    String text(String name, String otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        JsonNode value = json.get(name);
        if (!value.isString()) {
            problems.wrongType(path + "/" + name, "jsstring");
            return otherwise;
        }
        return value.stringValue();
    }

    String requiredText(String name) {
        if (!has(name)) {
            problems.wrongType(path + "/" + name, "path.missing");
            return "";
        }
        return text(name, "");
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : elements(name)) {
            if (element.isString()) {
                texts.add(element.stringValue());
            } else {
                problems.wrongType(path + "/" + name, "jsstring");
            }
        }
        return List.copyOf(texts);
    }

    List<Integer> wholes(String name, int min, int max) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode element : elements(name)) {
            if (!element.isInt()) {
                problems.wrongType(path + "/" + name, "jsnumber");
            } else if (element.intValue() < min || element.intValue() > max) {
                invalid(name, "must be between " + min + " and " + max);
            } else {
                numbers.add(element.intValue());
            }
        }
        return numbers;
    }

    SortedMap<String, String> textMap(String name) {
        SortedMap<String, String> map = new TreeMap<>();
        if (has(name)) {
            child(name).json.properties().forEach(member -> {
                if (member.getValue().isString()) {
                    map.put(member.getKey(), member.getValue().stringValue());
                } else {
                    problems.wrongType(path + "/" + name + "/" + member.getKey(), "jsstring");
                }
            });
        }
        return map;
    }

    int whole(String name, int otherwise, int min, int max) {
        double value = number(name, otherwise, min, max);
        if (value != Math.rint(value)) {
            problems.wrongType(path + "/" + name, "int");
        }
        return (int) value;
    }

    double number(String name, double otherwise, double min, double max) {
        if (!has(name)) {
            return otherwise;
        }
        JsonNode value = json.get(name);
        if (!value.isNumber()) {
            problems.wrongType(path + "/" + name, "jsnumber");
            return otherwise;
        }
        double number = value.doubleValue();
        if (number < min) {
            invalid(name, "is less than " + plain(min));
        } else if (number > max) {
            invalid(name, "is greater than " + plain(max));
        }
        return number;
    }

    Duration seconds(String name, double otherwise, double min) {
        return Duration.ofNanos(Math.round(number(name, otherwise, min, 365.0 * 86_400) * 1e9));
    }

    boolean flag(String name, boolean otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        if (!json.get(name).isBoolean()) {
            problems.wrongType(path + "/" + name, "jsboolean");
            return otherwise;
        }
        return json.get(name).booleanValue();
    }

    <E extends Enum<E>> E oneOf(String name, E otherwise, Class<E> type) {
        String text = text(name, otherwise.name()).toUpperCase(Locale.ROOT);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equals(text))
                .findFirst()
                .orElseGet(() -> {
                    invalid(name, "must be one of " + Arrays.toString(type.getEnumConstants()) + ", not " + text);
                    return otherwise;
                });
    }

    FieldReader child(String name) {
        return object(json.get(name), path + "/" + name);
    }

    List<FieldReader> children(String name) {
        List<FieldReader> children = new ArrayList<>();
        for (JsonNode element : elements(name)) {
            children.add(object(element, path + "/" + name + "(" + children.size() + ")"));
        }
        return children;
    }

    private FieldReader object(JsonNode node, String at) {
        if (node instanceof ObjectNode object) {
            return new FieldReader(object, at, problems);
        }
        problems.wrongType(at, "jsobject");
        return new FieldReader(JsonNodeFactory.instance.objectNode(), at, problems);
    }

    private Iterable<JsonNode> elements(String name) {
        if (!has(name)) {
            return List.of();
        }
        JsonNode value = json.get(name);
        if (!value.isArray()) {
            problems.wrongType(path + "/" + name, "jsarray");
            return List.of();
        }
        return value;
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
