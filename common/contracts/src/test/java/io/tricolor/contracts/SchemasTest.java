package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.Members.Member;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Schemas say of every message what its record says. */
class SchemasTest {

    private static final JsonNode DEFS = Published.schema("defs.v1").get("$defs");

    static Collection<Class<?>> types() {
        return EventTypes.all();
    }

    @ParameterizedTest
    @ValueSource(strings = {"schema", "samples"})
    void are_there_for_every_revision_and_for_nothing_else(String folder) throws IOException {
        Path files = Path.of(System.getProperty("tricolor.home"), "common/contracts/src/main/resources")
                .resolve(Published.FOLDER)
                .resolve(folder);
        List<String> expected = new ArrayList<>(Published.everyRevision().toList());
        if (folder.equals("schema")) {
            expected.add("defs.v1");
        } else {
            expected = new ArrayList<>(Published.everySample().toList());
        }
        try (Stream<Path> list = Files.list(files)) {
            assertThat(list.map(file -> file.getFileName().toString().replaceAll("\\.json$", "")))
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void have_the_members_of_the_record(Class<?> type) {
        JsonNode schema = Published.schema(Published.currentNameOf(type));
        assertThat(schema.get("$schema").asString()).isEqualTo("https://json-schema.org/draft/2020-12/schema");
        assertThat(schema.get("title").asString()).isEqualTo(type.getSimpleName());
        compare(type, schema, type.getSimpleName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.rolled-back.v1", "config.revision-published.v1"})
    void take_namespaces_whose_label_has_slashes(String event) {
        String pattern =
                Published.schema(event).at("/properties/namespace/pattern").asString();
        assertThat(List.of("shop/production/main", "shop/production/feature/x", "a/b/c/d/e"))
                .allMatch(namespace -> namespace.matches(pattern));
        assertThat(List.of("shop/production", "shop/production/", "shop//main", "shop/production/feature//x"))
                .noneMatch(namespace -> namespace.matches(pattern));
    }

    @Test
    void share_no_part_that_nobody_uses() {
        String all = Published.everyRevision()
                .map(name -> Published.text("schema/" + name + ".json"))
                .reduce(Published.text("schema/defs.v1.json"), String::concat);
        for (String name : DEFS.propertyNames()) {
            assertThat(all).contains("#/$defs/" + name + "\"");
        }
    }

    private static void compare(Type type, JsonNode stated, String where) {
        JsonNode schema = resolve(stated);
        Class<?> raw = Members.rawType(type);
        Map<String, Class<?>> subtypes = Members.subtypes(raw);
        if (!subtypes.isEmpty()) {
            List<String> names = new ArrayList<>();
            schema.get("oneOf").forEach(one -> {
                String name = resolve(one).at("/properties/type/const").asString();
                names.add(name);
                compareObject(subtypes.get(name), resolve(one), where + "<" + name + ">", "type");
            });
            assertThat(names).as(where).containsExactlyElementsOf(subtypes.keySet());
        } else if (Members.isObject(raw)) {
            compareObject(raw, schema, where, Members.isSubtype(raw) ? new String[] {"type"} : new String[0]);
        } else if (Members.isList(type)) {
            assertThat(schema.get("type").asString()).as(where).isEqualTo("array");
            compare(Members.contentOf(type), schema.get("items"), where + "[]");
        } else if (Members.isMap(type)) {
            assertThat(schema.get("type").asString()).as(where).isEqualTo("object");
            compare(Members.contentOf(type), schema.get("additionalProperties"), where + "{}");
        } else if (raw.isEnum() && raw != Rejection.Code.class) {
            assertThat(schema.get("enum").valueStream().map(JsonNode::asString))
                    .as(where)
                    .containsExactlyElementsOf(Arrays.stream(raw.getEnumConstants())
                            .map(constant ->
                                    Published.JSON.valueToTree(constant).asString())
                            .toList());
        }
    }

    private static void compareObject(Class<?> type, JsonNode schema, String where, String... besides) {
        Map<String, Member> members = Members.of(type);
        List<String> all = new ArrayList<>(List.of(besides));
        all.addAll(members.keySet());
        List<String> required = new ArrayList<>(all);
        required.removeIf(name -> members.containsKey(name) && members.get(name).absent());
        assertThat(schema.get("properties").propertyNames()).as(where).containsExactlyInAnyOrderElementsOf(all);
        assertThat(schema.get("required").valueStream().map(JsonNode::asString))
                .as(where)
                .containsExactlyInAnyOrderElementsOf(required);
        assertThat(schema.has("additionalProperties"))
                .as("%s must let unknown members pass", where)
                .isFalse();
        members.forEach((name, member) -> compare(member.type(), schema.at("/properties/" + name), where + "." + name));
    }

    private static JsonNode resolve(JsonNode stated) {
        JsonNode schema = stated.has("anyOf") ? stated.get("anyOf").get(0) : stated;
        if (!schema.has("$ref")) {
            return schema;
        }
        String name = schema.get("$ref").asString().replaceFirst("^(defs\\.v1\\.json)?#/\\$defs/", "");
        assertThat(DEFS.has(name)).as("shared part " + name).isTrue();
        return resolve(DEFS.get(name));
    }

    /** What people write may leave out more than what is sent, and has no member besides. */
    @Test
    void of_manifests_for_people_takes_what_is_sent_and_nothing_unknown() throws IOException {
        JsonNode schema = Published.JSON.readTree(
                Files.readString(Path.of(System.getProperty("tricolor.home"), "docs/manifest.schema.json")));
        JsonNode sent = Published.schema("defs.v1").path("$defs");
        for (String name :
                List.of("Manifest", "ServiceManifest", "File", "Image", "HealthCheck", "SecretRef", "DataSchema")) {
            JsonNode own = schema.path("$defs").path(name);
            assertThat(own.path("properties").propertyNames())
                    .as(name)
                    .containsExactlyElementsOf(
                            sent.path(name).path("properties").propertyNames());
            assertThat(own.path("additionalProperties").asBoolean(true))
                    .as(name)
                    .isFalse();
            own.path("required")
                    .forEach(required -> assertThat(sent.path(name).path("required"))
                            .as(name)
                            .contains(required));
        }
    }
}
