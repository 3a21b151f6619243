package io.tricolor.loggateway.intake;

import io.tricolor.contracts.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Makes names and texts of a line such that every store keeps them: NUL and halves of surrogate pairs become U+FFFD.
 * Who sent such a parameter is to be found in the log like everybody else.
 */
final class Mending {

    private final SortedSet<String> mended = new TreeSet<>();

    private Mending() {}

    /**
     * Changes {@code line}.
     *
     * @return dotted paths of what was changed, sorted
     */
    static SortedSet<String> apply(ObjectNode line) {
        Mending mending = new Mending();
        mending.object(line, "");
        return mending.mended;
    }

    private void object(ObjectNode object, String path) {
        List<String> flawed = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            String name = member.getKey();
            if (Text.flaw(name) != null) {
                flawed.add(name);
            }
            member.setValue(value(member.getValue(), path.isEmpty() ? name : path + "." + name));
        }
        for (String name : flawed) {
            JsonNode value = object.remove(name);
            String better = Text.mended(name);
            while (object.has(better)) {
                better += "_";
            }
            object.set(better, value);
            changed(path.isEmpty() ? name : path + "." + name);
        }
    }

    private JsonNode value(JsonNode value, String path) {
        if (value instanceof ObjectNode inner) {
            object(inner, path);
        } else if (value instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                list.set(i, value(list.get(i), path));
            }
        } else if (value.isString() && Text.flaw(value.stringValue()) != null) {
            changed(path);
            return StringNode.valueOf(Text.mended(value.stringValue()));
        }
        return value;
    }

    private void changed(String path) {
        mended.add(path);
    }
}
