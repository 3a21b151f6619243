package io.tricolor.cli.document;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.text.YamlText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares a manifest with its JSON Schema; what is wrong is told with line and column. */
public final class ManifestDocument {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonNode SCHEMA = schema();

    private final YamlText.Document document;
    private final List<String> wrong = new ArrayList<>();

    private ManifestDocument(YamlText.Document document) {
        this.document = document;
    }

    private static JsonNode schema() {
        try (InputStream text =
                ManifestDocument.class.getResourceAsStream("/io/tricolor/cli/docs/manifest.schema.json")) {
            if (text == null) {
                throw new IllegalStateException("this build has no schema of manifests");
            }
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The manifest in a text. Throws with everything that is wrong, each with its place. */
    public static JsonNode read(String source, String text) {
        List<YamlText.Document> documents = YamlText.parse(source, text);
        if (documents.size() != 1) {
            throw CliFailed.usage(source + " has " + documents.size() + " documents, a manifest is one", null);
        }
        ManifestDocument reader = new ManifestDocument(documents.getFirst());
        JsonNode root = reader.document.root();
        reader.check(root, SCHEMA, "");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < root.path("services").size(); i++) {
            String name = root.path("services").path(i).path("name").asString("");
            if (!name.isEmpty() && !names.add(name)) {
                reader.object("services[" + i + "].name", "is there twice");
            }
        }
        if (!reader.wrong.isEmpty()) {
            throw CliFailed.usage(String.join("; ", reader.wrong), "`tricolor schema --manifest` prints how one looks");
        }
        return root;
    }

    private void object(String path, String message) {
        wrong.add(document.place(path) + ": " + (path.isEmpty() ? "" : path + " ") + message);
    }

    /** As much of JSON Schema as the schema of manifests has. */
    private void check(JsonNode value, JsonNode schema, String path) {
        if (schema.has("$ref")) {
            check(value, SCHEMA.at(schema.path("$ref").asString("").substring(1)), path);
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
        String type = schema.path("type").asString("");
        boolean fits = switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            default -> true;
        };
        if (!fits) {
            object(path, "must be " + (type.matches("[aio].*") ? "an " : "a ") + type);
            return;
        }
        switch (type) {
            case "object" -> members(value, schema, path);
            case "array" -> {
                if (value.size() < schema.path("minItems").asInt(0)) {
                    object(path, "has at least " + schema.path("minItems") + " element");
                }
                for (int i = 0; i < value.size(); i++) {
                    check(value.get(i), schema.path("items"), path + "[" + i + "]");
                }
            }
            case "string" -> text(value.stringValue(), schema, path);
            default -> number(value, schema, path);
        }
    }

    /** By the member {@code type}, which each of them has. */
    private JsonNode chosen(JsonNode value, JsonNode alternatives, String path) {
        List<String> types = new ArrayList<>();
        for (JsonNode alternative : alternatives) {
            JsonNode one = SCHEMA.at(alternative.path("$ref").asString("").substring(1));
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
            } else {
                object(
                        prefix + member.getKey(),
                        "is not known; there are "
                                + String.join(", ", schema.path("properties").propertyNames()));
            }
        });
    }

    private void text(String text, JsonNode schema, String path) {
        if (text.length() < schema.path("minLength").asInt(0)) {
            object(path, "must not be empty");
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
        if (schema.has("exclusiveMinimum")
                && value.asDouble() <= schema.path("exclusiveMinimum").asDouble()) {
            object(path, "must be above " + schema.path("exclusiveMinimum"));
        }
    }
}
