package io.tricolor.cli.text;

import io.tricolor.cli.CliFailed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** YAML, also JSON, of which every part remembers the line and the column that it stands in. */
public final class YamlText {

    private static final int MAX_DEPTH = 40;
    private static final int MAX_NODES = 2_000_000;
    private static final int MAX_CODE_POINTS = 32 * 1024 * 1024;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String source;
    private final Map<String, String> places = new HashMap<>();
    private int nodes;

    private YamlText(String source) {
        this.source = source;
    }

    /**
     * One document.
     *
     * @param source of which messages speak, for example the name of the file
     * @param places where each part stands, {@code file:line:column} by its path, for example {@code stages[0].name}
     */
    public record Document(String source, JsonNode root, Map<String, String> places) {

        /** Where this part stands, or what it is a part of. */
        public String place(String path) {
            String inside = path;
            while (!inside.isEmpty()) {
                String place = places.get(inside);
                if (place != null) {
                    return place;
                }
                inside = inside.substring(0, Math.max(0, Math.max(inside.lastIndexOf('.'), inside.lastIndexOf('['))));
            }
            return places.getOrDefault("", source);
        }

        /** Refuses this part. */
        public CliFailed wrong(String path, String message) {
            return CliFailed.usage(place(path) + ": " + (path.isEmpty() ? "" : path + " ") + message, null);
        }

        /** The place of the longest path that a message of a service names; null when it names none. */
        public @Nullable String placeNamedIn(String message) {
            return places.keySet().stream()
                    .filter(path -> names(message, path))
                    .max(Comparator.comparingInt(String::length))
                    .map(places::get)
                    .orElse(null);
        }

        /** A path with a single name is one only where a message begins with it: it may be any word. */
        private static boolean names(String message, String path) {
            int at = message.indexOf(path);
            int end = at + path.length();
            return !path.isEmpty()
                    && (at == 0 || (at > 0 && isInner(path) && !Character.isLetterOrDigit(message.charAt(at - 1))))
                    && (end == message.length() || !Character.isLetterOrDigit(message.charAt(end)));
        }

        private static boolean isInner(String path) {
            return path.indexOf('.') >= 0 || path.indexOf('[') >= 0;
        }
    }

    /** The documents in a text; those that are empty are left out. */
    public static List<Document> parse(String source, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source)
                .setSchema(new CoreSchema())
                .setCodePointLimit(MAX_CODE_POINTS)
                .setMaxAliasesForCollections(100)
                .build();
        List<Document> documents = new ArrayList<>();
        try {
            for (Node node : new Compose(settings).composeAllFromString(text)) {
                YamlText reader = new YamlText(source);
                JsonNode root = reader.read(node, "", 0);
                if (!root.isNull()) {
                    documents.add(new Document(source, root, Map.copyOf(reader.places)));
                }
            }
        } catch (MarkedYamlEngineException e) {
            throw CliFailed.usage(place(source, e.getProblemMark()) + ": " + e.getProblem(), null);
        } catch (YamlEngineException e) {
            throw CliFailed.usage(source + ": " + Plain.line(String.valueOf(e.getMessage())), null);
        }
        return documents;
    }

    private JsonNode read(Node node, String path, int depth) {
        places.putIfAbsent(path, place(source, node.getStartMark()));
        if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
            throw wrong(node, "is too deep or too long");
        }
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, path, depth);
            case SequenceNode sequence -> {
                ArrayNode array = JSON.arrayNode();
                for (Node element : sequence.getValue()) {
                    array.add(read(element, path + "[" + array.size() + "]", depth + 1));
                }
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar);
            default -> throw wrong(node, "is nothing that can stand here");
        };
    }

    private ObjectNode mapping(MappingNode mapping, String path, int depth) {
        ObjectNode object = JSON.objectNode();
        for (NodeTuple member : mapping.getValue()) {
            if (!(member.getKeyNode() instanceof ScalarNode key)) {
                throw wrong(member.getKeyNode(), "a name is a single value");
            }
            String name = key.getValue();
            String inside = path.isEmpty() ? name : path + "." + name;
            if (object.has(name)) {
                throw wrong(key, inside + " is there twice");
            }
            places.put(inside, place(source, key.getStartMark()));
            object.set(name, read(member.getValueNode(), inside, depth + 1));
        }
        return object;
    }

    private JsonNode scalar(ScalarNode scalar) {
        String value = scalar.getValue();
        Tag tag = scalar.getTag();
        try {
            if (tag.equals(Tag.NULL)) {
                return JSON.nullNode();
            }
            if (tag.equals(Tag.BOOL)) {
                return JSON.booleanNode(value.equalsIgnoreCase("true"));
            }
            if (tag.equals(Tag.INT)) {
                return JSON.numberNode(integer(value));
            }
            if (tag.equals(Tag.FLOAT)) {
                return JSON.numberNode(new BigDecimal(value));
            }
        } catch (NumberFormatException e) {
            throw wrong(scalar, "'" + Plain.line(value) + "' is no number; write a text in quotes");
        }
        if (tag.equals(Tag.STR)) {
            return JSON.stringNode(value);
        }
        throw wrong(scalar, "tags such as " + tag + " are not taken");
    }

    private static BigInteger integer(String value) {
        String digits = value.startsWith("+") ? value.substring(1) : value;
        return digits.startsWith("0x")
                ? new BigInteger(digits.substring(2), 16)
                : digits.startsWith("0o") ? new BigInteger(digits.substring(2), 8) : new BigInteger(digits);
    }

    private CliFailed wrong(Node node, String message) {
        return CliFailed.usage(place(source, node.getStartMark()) + ": " + message, null);
    }

    private static String place(String source, Optional<Mark> mark) {
        return mark.map(at -> source + ":" + (at.getLine() + 1) + ":" + (at.getColumn() + 1))
                .orElse(source);
    }

    /** As a document; what holds nothing but single values stands in one line. */
    public static String write(JsonNode node) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.AUTO)
                .setWidth(110)
                .setSplitLines(false)
                .setIndent(2)
                .setSchema(new CoreSchema())
                .build();
        return new Dump(settings).dumpToString(plain(node));
    }

    private static @Nullable Object plain(JsonNode node) {
        if (node.isObject()) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            node.properties().forEach(member -> map.put(member.getKey(), plain(member.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<@Nullable Object> list = new ArrayList<>();
            node.forEach(element -> list.add(plain(element)));
            return list;
        }
        if (node.isNull()) {
            return null;
        }
        return node.isBoolean() ? (Object) node.asBoolean() : node.isNumber() ? node.numberValue() : node.asString();
    }
}
