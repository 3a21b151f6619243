package io.tricolor.cli.document;

import io.tricolor.cli.text.YamlText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A document that says how something is to be. */
public sealed interface Declared permits GroupDocument, TemplateDocument, FreezeDocument, ConfigurationDocument {

    /** Of this form are all of them. */
    String API_VERSION = "tricolor/v1";

    /** Of what it is about. */
    String kind();

    /** Of that of its kind which it is about. */
    String name();

    /** What it is about, for people. */
    String title();

    /** Of what it is about when it was exported; null: not stated. */
    @Nullable
    Long version();

    /** All of it. */
    JsonNode toJson();

    /** All of it, as a document. */
    default String toYaml() {
        return YamlText.write(toJson());
    }

    /** Of what a person has written, of whichever kind; refuses what cannot be one, with line and column. */
    static Declared read(YamlText.Document document) {
        JsonNode root = document.root();
        String kind = root.path("kind").asString("");
        if (root.isObject() && root.path("apiVersion").asString("").equals(API_VERSION)) {
            switch (kind) {
                case GroupDocument.KIND -> {
                    return GroupDocument.read(document);
                }
                case TemplateDocument.KIND -> {
                    return TemplateDocument.read(document);
                }
                case FreezeDocument.KIND -> {
                    return FreezeDocument.read(document);
                }
                case ConfigurationDocument.KIND -> {
                    return ConfigurationDocument.read(document);
                }
                default -> {
                    // refused below
                }
            }
        }
        throw document.wrong(
                "",
                "this is no document with `apiVersion: " + API_VERSION + "` and `kind:` "
                        + String.join(
                                ", ",
                                GroupDocument.KIND,
                                TemplateDocument.KIND,
                                FreezeDocument.KIND,
                                ConfigurationDocument.KIND));
    }

    /** The first two members of every document. */
    static ObjectNode begun(String kind) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("apiVersion", API_VERSION)
                .put("kind", kind);
    }

    /** The version that a document states; null: none. */
    static @Nullable Long stated(JsonNode version) {
        return version.isMissingNode() ? null : version.asLong(0);
    }
}
