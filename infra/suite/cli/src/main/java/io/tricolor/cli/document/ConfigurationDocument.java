package io.tricolor.cli.document;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.text.YamlText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** The content of a namespace: values, as they were written, and plain files. */
public final class ConfigurationDocument implements Declared {

    /** Its kind. */
    public static final String KIND = "Configuration";

    /** What config-service shows in place of a secret to those who may not change it. */
    private static final String MASK = "******";

    private static final JsonNode SCHEMA = SchemaCheck.schema("configuration");
    private static final List<String> FORMS = List.of("yaml", "text", "properties");

    private final ObjectNode root;

    private ConfigurationDocument(ObjectNode root) {
        this.root = root;
    }

    /** Of a revision as config-service shows it. Refuses one of which not everything was shown. */
    public static ConfigurationDocument of(String namespace, JsonNode view, boolean withVersion) {
        ObjectNode root = Declared.begun(KIND).put("namespace", namespace);
        if (withVersion) {
            root.put("revision", view.path("revision").path("revision").asLong(0));
        }
        JsonNode source = view.path("document");
        if (source.isObject()) {
            String format = source.path("format").asString("");
            root.put(
                    format.equals("yaml") ? "yaml" : "text", source.path("text").asString(""));
        } else {
            root.set("properties", view.path("properties"));
        }
        if (!view.path("files").isEmpty()) {
            root.set("files", view.path("files"));
        }
        for (String part : List.of("properties", "files")) {
            if (root.path(part)
                    .valueStream()
                    .anyMatch(value -> value.asString("").equals(MASK))) {
                throw CliFailed.of(
                        ExitCode.REFUSED,
                        namespace + " has values that are masked for you, which cannot be exported",
                        "export as somebody with the role config-editor");
            }
        }
        return new ConfigurationDocument(root);
    }

    /** Of what a person has written; refuses what cannot be one, with line and column. */
    static ConfigurationDocument read(YamlText.Document document) {
        SchemaCheck check = SchemaCheck.of(document, SCHEMA);
        List<String> given = FORMS.stream().filter(document.root()::has).toList();
        if (given.size() > 1) {
            check.object(given.getLast(), "stands beside " + given.getFirst() + ": one of them is enough");
        } else if (given.isEmpty() && !document.root().has("files")) {
            check.object("", "has one of " + String.join(", ", FORMS) + ", or files, or both");
        }
        check.done("`tricolor schema --kind config` prints how one looks");
        return new ConfigurationDocument((ObjectNode) document.root());
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String name() {
        return root.path("namespace").asString("");
    }

    @Override
    public String title() {
        return "Configuration " + name();
    }

    @Override
    public @Nullable Long version() {
        return Declared.stated(root.path("revision"));
    }

    @Override
    public JsonNode toJson() {
        return root;
    }

    /** What config-service takes, besides the reason. */
    public ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (String member : List.of("yaml", "text", "properties", "files")) {
            if (root.has(member)) {
                body.set(member, root.path(member));
            }
        }
        return body;
    }

    /**
     * What differs.
     *
     * @param current revision as config-service shows it; null: there is none
     * @param comparison what config-service says would change
     */
    public List<Change> changes(@Nullable JsonNode current, JsonNode comparison) {
        List<Change> changes = new ArrayList<>();
        JsonNode none = MissingNode.getInstance();
        comparison
                .path("added")
                .properties()
                .forEach(one -> changes.add(new Change(one.getKey(), none, one.getValue())));
        comparison
                .path("removed")
                .properties()
                .forEach(one -> changes.add(new Change(one.getKey(), one.getValue(), none)));
        comparison
                .path("changed")
                .properties()
                .forEach(one -> changes.add(new Change(
                        one.getKey(),
                        one.getValue().path("from"),
                        one.getValue().path("to"))));
        if (changes.isEmpty() && current == null) {
            changes.add(Change.creation(this));
        }
        for (String form : List.of("yaml", "text")) {
            JsonNode before = current == null ? none : current.path("document").path("text");
            if (changes.isEmpty() && root.has(form) && !root.path(form).equals(before)) {
                changes.add(new Change(form, before, root.path(form)));
            }
        }
        return changes;
    }
}
