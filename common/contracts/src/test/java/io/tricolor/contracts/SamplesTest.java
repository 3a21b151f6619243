package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Members.Member;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Golden samples: what was ever written stays readable, and schemas refuse what is not it. */
class SamplesTest {

    /** A sample, changed in one place. */
    private record Mutant(String what, JsonNode document, boolean valid) {}

    static Stream<String> samples() {
        return Published.everySample();
    }

    static Stream<Arguments> currentSamples() {
        return EventTypes.all().stream()
                .flatMap(type -> Published.samplesOf(type).map(sample -> Arguments.of(type, sample)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void follow_their_schema(String name) {
        assertThat(Published.errors(Published.revisionOf(name), Published.sample(name)))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("currentSamples")
    void are_read_and_written_back_unchanged(Class<?> type, String name) {
        JsonNode sample = Published.sample(name);
        Object read = Published.JSON.treeToValue(sample, type);
        assertThat(Published.JSON.readTree(Published.JSON.writeValueAsString(read)))
                .isEqualTo(sample);
    }

    @ParameterizedTest
    @MethodSource("currentSamples")
    void are_refused_by_the_schema_when_one_thing_is_wrong(Class<?> type, String sample) {
        String name = Published.revisionOf(sample);
        List<Mutant> mutants = mutantsOf(type, Published.sample(sample));
        assertThat(mutants).hasSizeGreaterThan(type.getRecordComponents().length);
        for (Mutant mutant : mutants) {
            assertThat(Published.errors(name, mutant.document()).isEmpty())
                    .as("%s, %s, is valid", name, mutant.what())
                    .isEqualTo(mutant.valid());
        }
    }

    @ParameterizedTest
    @MethodSource("currentSamples")
    void may_have_members_that_this_version_does_not_know(Class<?> type, String sampleName) {
        String name = Published.revisionOf(sampleName);
        JsonNode sample = Published.sample(sampleName);
        JsonNode newer = sample.deepCopy();
        int objects = addUnknownMembers(type, newer);
        assertThat(objects).isPositive();
        assertThat(newer).isNotEqualTo(sample);
        assertThat(Published.errors(name, newer)).isEmpty();
        assertThat(Published.JSON.treeToValue(newer, type)).isEqualTo(Published.JSON.treeToValue(sample, type));
    }

    @Test
    void keep_every_digit_of_an_id() {
        JsonNode sample = Published.sample("cluster-group.route-strategies-changed.v1");
        IdRule rule = Published.JSON
                .treeToValue(sample, RouteStrategiesChanged.class)
                .strategies()
                .get("B")
                .id();
        assertThat(rule.ids()).contains("9007199254740993");
        assertThat(rule.intervals()).contains(new IdInterval(Long.MIN_VALUE, -1));
        assertThat(Published.JSON.writeValueAsString(new IdInterval((1L << 53) + 1, Long.MAX_VALUE)))
                .isEqualTo("[\"9007199254740993\",\"9223372036854775807\"]");
        assertThat(Published.JSON.readValue("[9007199254740993, 9223372036854775807]", IdInterval.class))
                .isEqualTo(new IdInterval(9_007_199_254_740_993L, Long.MAX_VALUE));
    }

    @Test
    void know_ids_and_ends_only_as_text() {
        String name = "cluster-group.route-strategies-changed.v1";
        for (String place : List.of("/strategies/B/id/ids/0", "/strategies/B/id/intervals/0/0")) {
            JsonNode numeric = with(Published.sample(name), place, Published.JSON.readTree("1"));
            assertThat(Published.errors(name, numeric)).as(place).isNotEmpty();
        }
        JsonNode beyond = with(
                Published.sample(name),
                "/strategies/B/id/intervals/0/0",
                Published.JSON.readTree("\"9223372036854775808\""));
        assertThatThrownBy(() -> Published.JSON.treeToValue(beyond, RouteStrategiesChanged.class))
                .hasMessageContaining("is not an int64 interval end");
    }

    private static List<Mutant> mutantsOf(Class<?> type, JsonNode sample) {
        List<Mutant> mutants = new ArrayList<>();
        collect(type, sample, sample, "", mutants);
        return mutants;
    }

    private static void collect(Type type, JsonNode node, JsonNode sample, String place, List<Mutant> mutants) {
        Class<?> raw = Members.rawType(type);
        Map<String, Class<?>> subtypes = Members.subtypes(raw);
        if (!subtypes.isEmpty()) {
            change(sample, place + "/type", false, mutants);
            collect(subtypes.get(node.get("type").asString()), node, sample, place, mutants);
        } else if (Members.isList(type)) {
            for (int i = 0; i < node.size(); i++) {
                mutants.add(mistyped(sample, place + "/" + i));
                collect(Members.contentOf(type), node.get(i), sample, place + "/" + i, mutants);
            }
        } else if (Members.isMap(type)) {
            for (String name : node.propertyNames()) {
                mutants.add(mistyped(sample, place + "/" + escaped(name)));
                collect(Members.contentOf(type), node.get(name), sample, place + "/" + escaped(name), mutants);
            }
        } else {
            Members.of(raw).forEach((name, member) -> {
                String there = place + "/" + name;
                JsonNode value = node.get(name);
                if (value != null) {
                    change(sample, there, member.absent(), mutants);
                    mutants.add(new Mutant(
                            there + " null", with(sample, there, Published.JSON.nullNode()), member.writtenAsNull()));
                    if (!value.isNull()) {
                        collect(member.type(), value, sample, there, mutants);
                    }
                }
            });
        }
    }

    private static void change(JsonNode sample, String place, boolean optional, List<Mutant> mutants) {
        JsonNode without = sample.deepCopy();
        JsonPointer pointer = JsonPointer.compile(place);
        ((ObjectNode) without.at(pointer.head())).remove(pointer.last().getMatchingProperty());
        mutants.add(new Mutant(place + " missing", without, optional));
        mutants.add(mistyped(sample, place));
    }

    private static Mutant mistyped(JsonNode sample, String place) {
        String wrong = switch (sample.at(place).getNodeType()) {
            case STRING -> "7";
            case NUMBER -> "\"seven\"";
            case BOOLEAN -> "\"yes\"";
            case ARRAY, NULL -> "{}";
            default -> "[]";
        };
        return new Mutant(place + " as " + wrong, with(sample, place, Published.JSON.readTree(wrong)), false);
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode with(JsonNode sample, String place, JsonNode value) {
        JsonNode changed = sample.deepCopy();
        JsonPointer pointer = JsonPointer.compile(place);
        JsonNode parent = changed.at(pointer.head());
        if (parent instanceof ArrayNode array) {
            array.set(pointer.last().getMatchingIndex(), value);
        } else {
            ((ObjectNode) parent).set(pointer.last().getMatchingProperty(), value);
        }
        return changed;
    }

    /** Adds a member to every object that is a record; how many there were. */
    private static int addUnknownMembers(Type type, JsonNode node) {
        Class<?> raw = Members.rawType(type);
        Map<String, Class<?>> subtypes = Members.subtypes(raw);
        int objects = 0;
        if (!subtypes.isEmpty()) {
            objects += addUnknownMembers(subtypes.get(node.get("type").asString()), node);
        } else if (Members.isList(type) || Members.isMap(type)) {
            for (JsonNode child : node) {
                objects += addUnknownMembers(Members.contentOf(type), child);
            }
        } else if (Members.isObject(raw)) {
            for (Map.Entry<String, Member> member : Members.of(raw).entrySet()) {
                JsonNode value = node.get(member.getKey());
                if (value != null && !value.isNull()) {
                    objects += addUnknownMembers(member.getValue().type(), value);
                }
            }
            ((ObjectNode) node).putObject("addedLater").put("why", "a newer writer knows more");
            objects++;
        }
        return objects;
    }
}
