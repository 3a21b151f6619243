package io.tricolor.cli.document;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.text.YamlText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compares a document with its JSON Schema; what is wrong is told with line and column. It knows as much of JSON Schema
 * as the schemas of this program have.
 */
final class SchemaCheck {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final YamlText.Document document;
    private final JsonNode schema;
    private final List<String> wrong = new ArrayList<>();

    private SchemaCheck(YamlText.Document document, JsonNode schema) {
        this.document = document;
        this.schema = schema;
    }

    /** The schema of that name, which is part of this program. */
    static JsonNode schema(String name) {
        try (InputStream text =
                SchemaCheck.class.getResourceAsStream("/io/tricolor/cli/docs/" + name + ".schema.json")) {
            if (text == null) {
                throw new IllegalStateException("this build has no schema " + name);
            }
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compares; {@link #done} refuses. */
    static SchemaCheck of(YamlText.Document document, JsonNode schema) {
        SchemaCheck check = new SchemaCheck(document, schema);
        check.check(document.root(), schema, "");
        return check;
    }

    /** Something else that is wrong. */
    void object(String path, String message) {
        wrong.add(document.place(path) + ": " + (path.isEmpty() ? "" : path + " ") + message);
    }

    /** Refuses the document when something is wrong with it: with everything, each with its place. */
    void done(String hint) {
        if (!wrong.isEmpty()) {
            throw CliFailed.usage(String.join("; ", wrong), hint);
        }
    }

    private JsonNode referred(JsonNode schema) {
        return schema.has("$ref")
                ? this.schema.at(schema.path("$ref").asString("").substring(1))
                : schema;
    }

    private void check(JsonNode value, JsonNode named, String path) {
        JsonNode schema = referred(named);
        if (schema.has("$ref")) {
            check(value, schema, path);
            return;
        }
        if (schema.has("oneOf")) {
            check(value, chosen(value, schema.path("oneOf"), path), path);
            return;
        }
        if (schema.has("const")) {
            if (!value.equals(schema.path("const"))) {
                object(path, "is " + schema.path("const") + ", not " + value);
            }
            return;
        }
        if (schema.has("enum")) {
            if (schema.path("enum").valueStream().noneMatch(value::equals)) {
                object(
                        path,
                        "is one of "
                                + String.join(
                                        ", ",
                                        schema.path("enum")
                                                .valueStream()
                                                .map(one -> one.asString(""))
                                                .toList()));
            }
            return;
        }
        List<String> types = schema.path("type").isArray()
                ? schema.path("type").valueStream().map(one -> one.asString("")).toList()
                : List.of(schema.path("type").asString(""));
        String type = types.stream().filter(one -> fits(value, one)).findFirst().orElse(null);
        if (type == null) {
            object(
                    path,
                    "must be "
                            + String.join(
                                    " or ",
                                    types.stream().map(SchemaCheck::article).toList()));
            return;
        }
        switch (type) {
            case "object" -> members(value, schema, path);
            case "array" -> elements(value, schema, path);
            case "string" -> text(value.stringValue(), schema, path);
            case "integer", "number" -> number(value, schema, path);
            default -> {
                // true or false, or anything
            }
        }
    }

    private static boolean fits(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> true;
        };
    }

    private static String article(String type) {
        return (type.matches("[aio].*") ? "an " : "a ") + type;
    }

    /** By the member {@code type}, which each of them has. */
    private JsonNode chosen(JsonNode value, JsonNode alternatives, String path) {
        List<String> types = new ArrayList<>();
        for (JsonNode alternative : alternatives) {
            JsonNode one = referred(alternative);
            JsonNode type = one.path("properties").path("type").path("const");
            if (type.equals(value.path("type"))) {
                return one;
            }
            types.add(type.asString(""));
        }
        object(path, "has a type: " + String.join(" or ", types));
        return JSON.createObjectNode();
    }

    private void members(JsonNode value, JsonNode schema, String path) {
        String prefix = path.isEmpty() ? "" : path + ".";
        for (JsonNode required : schema.path("required")) {
            if (!value.hasNonNull(required.asString(""))) {
                object(path, "lacks " + required.asString(""));
            }
        }
        value.properties().forEach(member -> {
            JsonNode known = schema.path("properties").path(member.getKey());
            JsonNode others = schema.path("additionalProperties");
            if (known.isObject()) {
                check(member.getValue(), known, prefix + member.getKey());
            } else if (others.isObject()) {
                check(member.getValue(), others, prefix + member.getKey());
            } else if (!others.asBoolean(false)) {
                object(
                        prefix + member.getKey(),
                        "is not known; there are "
                                + String.join(", ", schema.path("properties").propertyNames()));
            }
        });
    }

    private void elements(JsonNode value, JsonNode schema, String path) {
        if (value.size() < schema.path("minItems").asInt(0)) {
            object(path, "has at least " + schema.path("minItems") + " element");
        }
        if (value.size() > schema.path("maxItems").asInt(Integer.MAX_VALUE)) {
            object(path, "has at most " + schema.path("maxItems") + " elements");
        }
        for (int i = 0; i < value.size(); i++) {
            check(value.get(i), schema.path("items"), path + "[" + i + "]");
        }
    }

    private void text(String text, JsonNode schema, String path) {
        if (text.length() < schema.path("minLength").asInt(0)) {
            object(path, "must not be empty");
        }
        if (text.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
            object(path, "has at most " + schema.path("maxLength") + " characters");
        }
        String pattern = schema.path("pattern").asString("");
        if (!pattern.isEmpty() && !Pattern.compile(pattern).matcher(text).find()) {
            object(path, "does not look like " + pattern);
        }
    }

    private void number(JsonNode value, JsonNode schema, String path) {
        if (schema.has("minimum") && value.asDouble() < schema.path("minimum").asDouble()) {
            object(path, "must be at least " + schema.path("minimum"));
        }
        if (schema.has("maximum") && value.asDouble() > schema.path("maximum").asDouble()) {
            object(path, "must be at most " + schema.path("maximum"));
        }
        if (schema.has("exclusiveMinimum")
                && value.asDouble() <= schema.path("exclusiveMinimum").asDouble()) {
            object(path, "must be above " + schema.path("exclusiveMinimum"));
        }
    }
}
