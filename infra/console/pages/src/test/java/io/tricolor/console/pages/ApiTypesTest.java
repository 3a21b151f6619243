package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The types of the API in {@code src/main/web/openapi.ts} are those of the OpenAPI documents;
 * {@code -Dopenapi.write=true} writes them anew. They vanish when the pages are bundled. A page that reads what no
 * service says does not compile.
 */
class ApiTypesTest {

    private static final Path FILE = Path.of("src/main/web/openapi.ts");

    private static final Map<String, String> SERVICES = new LinkedHashMap<>(Map.of(
            "config-service", "config",
            "deploy-service", "deploy",
            "log-gateway", "logs",
            "monitor-service", "monitor",
            "strategy-service", "strategy"));

    private final Map<String, String> reads = new TreeMap<>();
    private final Map<String, String> commands = new TreeMap<>();

    @Test
    void the_types_of_the_pages_are_those_of_the_documents() throws IOException {
        String types = types();
        if (Boolean.getBoolean("openapi.write")) {
            Files.writeString(FILE, types);
        }
        assertThat(Files.readString(FILE))
                .as("%s; -Dopenapi.write=true writes it anew", FILE)
                .isEqualTo(types);
    }

    private String types() throws IOException {
        StringBuilder all = new StringBuilder("// Made of docs/openapi by ApiTypesTest; do not edit.\n");
        for (Map.Entry<String, String> service : new TreeMap<>(SERVICES).entrySet()) {
            JsonNode document = JsonMapper.shared()
                    .readTree(Files.readString(Path.of("../../../docs/openapi", service.getKey() + ".json")));
            all.append("\nexport namespace ").append(service.getValue()).append(" {\n");
            document.path("components")
                    .path("schemas")
                    .properties()
                    .forEach(schema -> all.append("  export type ")
                            .append(schema.getKey())
                            .append(" = ")
                            .append(type(schema.getValue(), "  ", ""))
                            .append(";\n"));
            all.append("}\n");
            document.path("paths").properties().stream()
                    .filter(path -> path.getKey().startsWith("/api/"))
                    .forEach(path -> operations(path, service.getValue() + "."));
        }
        all.append("\n/** Answers of reads, by path. */\nexport interface Reads {\n");
        reads.forEach((path, type) ->
                all.append("  '").append(path).append("': ").append(type).append(";\n"));
        all.append("}\n\n/** Bodies and answers of commands, by method and path. */\nexport interface Commands {\n");
        commands.forEach((path, type) ->
                all.append("  '").append(path).append("': ").append(type).append(";\n"));
        return all.append("}\n").toString();
    }

    private void operations(Map.Entry<String, JsonNode> path, String space) {
        path.getValue().properties().forEach(operation -> {
            String answer = answers(operation.getValue(), space);
            if (operation.getKey().equals("get")) {
                if (answer != null) {
                    reads.put(path.getKey(), answer);
                }
                return;
            }
            JsonNode body = operation
                    .getValue()
                    .path("requestBody")
                    .path("content")
                    .path("application/json")
                    .path("schema");
            commands.put(
                    operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey(),
                    "{ body: " + (body.isMissingNode() ? "undefined" : type(body, "  ", space)) + "; answer: "
                            + (answer == null ? "undefined" : answer) + " }");
        });
    }

    /** JSON of the answers that are no problems; null when there is none. */
    private static String answers(JsonNode operation, String space) {
        String types = operation.path("responses").properties().stream()
                .filter(answer -> answer.getKey().startsWith("2"))
                .map(answer -> answer.getValue()
                        .path("content")
                        .path("application/json")
                        .path("schema"))
                .filter(schema -> !schema.isMissingNode())
                .map(schema -> type(schema, "  ", space))
                .distinct()
                .collect(Collectors.joining(" | "));
        return types.isEmpty() ? null : types;
    }

    private static String type(JsonNode schema, String indent, String space) {
        String ref = schema.path("$ref").asString("");
        if (!ref.isEmpty()) {
            return space + ref.substring(ref.lastIndexOf('/') + 1);
        }
        for (String alternatives : List.of("oneOf", "anyOf")) {
            if (schema.has(alternatives)) {
                return union(schema.path(alternatives), indent, space);
            }
        }
        if (schema.has("const")) {
            return literal(schema.path("const"));
        }
        if (schema.has("enum")) {
            return StreamSupport.stream(schema.path("enum").spliterator(), false)
                    .map(ApiTypesTest::literal)
                    .collect(Collectors.joining(" | "));
        }
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            List<String> each = new ArrayList<>();
            type.forEach(one -> each.add(simple(one.asString(), schema, indent, space)));
            return String.join(" | ", each);
        }
        return simple(type.asString(""), schema, indent, space);
    }

    private static String union(JsonNode alternatives, String indent, String space) {
        return StreamSupport.stream(alternatives.spliterator(), false)
                .map(one -> type(one, indent, space))
                .distinct()
                .collect(Collectors.joining(" | "));
    }

    private static String literal(JsonNode value) {
        return value.isString() ? "'" + value.asString() + "'" : value.toString();
    }

    private static String simple(String type, JsonNode schema, String indent, String space) {
        return switch (type) {
            case "null" -> "null";
            case "string" -> "string";
            case "integer", "number" -> "number";
            case "boolean" -> "boolean";
            case "array" ->
                schema.path("maxItems").asInt(0) == 2
                        ? "[" + type(schema.path("items"), indent, space) + ", "
                                + type(schema.path("items"), indent, space) + "]"
                        : element(type(schema.path("items"), indent, space)) + "[]";
            case "object" -> object(schema, indent, space);
            default -> "unknown";
        };
    }

    private static String element(String type) {
        return type.contains(" ") && !type.startsWith("{") ? "(" + type + ")" : type;
    }

    private static String object(JsonNode schema, String indent, String space) {
        if (!schema.has("properties")) {
            JsonNode values = schema.path("additionalProperties");
            return "Record<string, " + (values.isObject() ? type(values, indent, space) : "unknown") + ">";
        }
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asString()));
        StringBuilder members = new StringBuilder("{\n");
        schema.path("properties")
                .properties()
                .forEach(member -> members.append(indent)
                        .append("  ")
                        .append(
                                member.getKey().matches("[A-Za-z_][A-Za-z0-9_]*")
                                        ? member.getKey()
                                        : "'" + member.getKey() + "'")
                        .append(required.contains(member.getKey()) ? ": " : "?: ")
                        .append(type(member.getValue(), indent + "  ", space))
                        .append(";\n"));
        return members.append(indent).append('}').toString();
    }
}
