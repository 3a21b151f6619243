package io.tricolor.cli.document;

import io.tricolor.cli.http.Api;
import io.tricolor.cli.text.YamlText;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How a group is upgraded, whatever the release. */
public final class TemplateDocument implements Declared {

    /** Its kind. */
    public static final String KIND = "PlanTemplate";

    private static final JsonNode SCHEMA = SchemaCheck.schema("plan-template");
    private static final List<String> PARTS = List.of("mode", "stages", "policy", "rolling");

    private final ObjectNode root;

    private TemplateDocument(ObjectNode root) {
        this.root = root;
    }

    /** Of a template as strategy-service shows it. */
    public static TemplateDocument of(JsonNode view, boolean withVersion) {
        ObjectNode root = Declared.begun(KIND);
        for (String member : List.of("groupId", "name")) {
            String text = view.path(member).asString("");
            if (text.isEmpty()) {
                throw Api.incomplete(member);
            }
            root.put(member.equals("groupId") ? "group" : member, text);
        }
        if (withVersion) {
            root.put("version", view.path("version").asLong(0));
        }
        for (String part : PARTS) {
            JsonNode value = view.path("template").path(part);
            if (!value.isMissingNode() && !value.isNull()) {
                root.set(part, value);
            }
        }
        return new TemplateDocument(root);
    }

    /** Of what a person has written; refuses what cannot be one, with line and column. */
    static TemplateDocument read(YamlText.Document document) {
        SchemaCheck.of(document, SCHEMA).done("`tricolor schema --kind template` prints how one looks");
        return new TemplateDocument((ObjectNode) document.root());
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String name() {
        return group() + "/" + template();
    }

    @Override
    public String title() {
        return "Template " + template() + " of " + group();
    }

    /** Whose template it is. */
    public String group() {
        return root.path("group").asString("");
    }

    /** Its name among those of the group. */
    public String template() {
        return root.path("name").asString("");
    }

    @Override
    public @Nullable Long version() {
        return Declared.stated(root.path("version"));
    }

    @Override
    public JsonNode toJson() {
        return root;
    }

    /** What strategy-service takes, besides the reason. */
    public ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (String part : PARTS) {
            if (root.has(part)) {
                body.set(part, root.path(part));
            }
        }
        return body;
    }

    /** What differs between two templates as strategy-service shows them. */
    public static List<Change> between(JsonNode before, JsonNode after) {
        return Change.betweenTrees("", before, after);
    }
}
