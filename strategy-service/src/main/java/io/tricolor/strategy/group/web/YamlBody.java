package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body in YAML 1.2 as a tree of JSON, of which it is known where each part stands. Aliases of lists and maps are not
 * taken.
 */
final class YamlBody {

    private static final int MAX_DEPTH = 40;
    private static final int LONGEST = 200;
    private static final List<Tag> COLLECTIONS = List.of(Tag.MAP, Tag.SEQ);
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setLabel("body")
            .setSchema(new CoreSchema())
            .setMaxAliasesForCollections(0)
            .build();

    private final JsonNode root;
    private final Map<String, String> places = new HashMap<>();

    private YamlBody(Node node) {
        root = read(node, "", 0);
    }

    /**
     * Reads one document; empty when there is nothing in it.
     *
     * @throws Rejected with INVALID_ARGUMENT, line and column
     */
    static Optional<YamlBody> read(InputStream body) {
        try {
            return new Compose(SETTINGS).composeInputStream(body).map(YamlBody::new);
        } catch (MarkedYamlEngineException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, place(e.getProblemMark()) + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "the body is not YAML of one document: " + Text.shown(String.valueOf(e.getMessage()), LONGEST));
        }
    }

    JsonNode root() {
        return root;
    }

    /** Where the part stands that a failure is about, or what it is a part of. */
    String placeOf(JacksonException failure) {
        String place = places.getOrDefault("", "");
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : failure.getPath()) {
            path.append(step.getPropertyName() == null ? "[" + step.getIndex() + "]" : "." + step.getPropertyName());
            place = places.getOrDefault(path.toString(), place);
        }
        return place;
    }

    private JsonNode read(Node node, String path, int depth) {
        places.putIfAbsent(path, place(node.getStartMark()));
        if (depth > MAX_DEPTH) {
            throw wrong(node, "this is nested too deep");
        }
        if (!(node instanceof ScalarNode) && !COLLECTIONS.contains(node.getTag())) {
            throw wrong(node, "tags are not taken");
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
            default -> throw wrong(node, "this cannot stand here");
        };
    }

    private ObjectNode mapping(MappingNode mapping, String path, int depth) {
        ObjectNode object = JSON.objectNode();
        for (NodeTuple member : mapping.getValue()) {
            if (!(member.getKeyNode() instanceof ScalarNode key)) {
                throw wrong(member.getKeyNode(), "a name is a single value");
            }
            String name = key.getValue();
            if (object.has(name)) {
                throw wrong(key, "a member of this name is there already");
            }
            places.put(path + "." + name, place(key.getStartMark()));
            object.set(name, read(member.getValueNode(), path + "." + name, depth + 1));
        }
        return object;
    }

    private static JsonNode scalar(ScalarNode scalar) {
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
                return JSON.numberNode(new BigInteger(value.startsWith("+") ? value.substring(1) : value));
            }
            if (tag.equals(Tag.FLOAT)) {
                return JSON.numberNode(new BigDecimal(value));
            }
        } catch (NumberFormatException e) {
            throw wrong(scalar, "this is no decimal number; a text stands in quotes");
        }
        if (tag.equals(Tag.STR)) {
            return JSON.stringNode(value);
        }
        throw wrong(scalar, "tags are not taken");
    }

    private static Rejected wrong(Node node, String why) {
        return new Rejected(Code.INVALID_ARGUMENT, place(node.getStartMark()) + ": " + why);
    }

    private static String place(Optional<Mark> mark) {
        return mark.map(at -> "line " + (at.getLine() + 1) + ", column " + (at.getColumn() + 1))
                .orElse("somewhere in the body");
    }
}
