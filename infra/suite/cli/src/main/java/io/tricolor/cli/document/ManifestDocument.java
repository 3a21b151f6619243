package io.tricolor.cli.document;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.text.YamlText;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Compares a manifest with its JSON Schema; what is wrong is told with line and column. */
public final class ManifestDocument {

    private static final JsonNode SCHEMA = SchemaCheck.schema("manifest");

    private ManifestDocument() {}

    /** The manifest in a text. Throws with everything that is wrong, each with its place. */
    public static JsonNode read(String source, String text) {
        List<YamlText.Document> documents = YamlText.parse(source, text);
        if (documents.size() != 1) {
            throw CliFailed.usage(source + " has " + documents.size() + " documents, a manifest is one", null);
        }
        YamlText.Document document = documents.getFirst();
        SchemaCheck check = SchemaCheck.of(document, SCHEMA);
        JsonNode root = document.root();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < root.path("services").size(); i++) {
            String name = root.path("services").path(i).path("name").asString("");
            if (!name.isEmpty() && !names.add(name)) {
                check.object("services[" + i + "].name", "is there twice");
            }
        }
        check.done("`tricolor schema --manifest` prints how one looks");
        return root;
    }
}
