package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Manifests that no orchestrator could run. */
class ManifestsTest {

    private static final JsonMapper JSON = io.tricolor.kit.message.ContractsJson.mapper();
    private static final List<Entry> ENTRIES = List.of(new Entry(null, "/", "web"));

    static Stream<Arguments> flaws() {
        return Stream.of(
                Arguments.of("{\"env\":{\"A\":null}}", "environment variable A of service web has no value"),
                Arguments.of("{\"env\":{\"A\":\"x\\u0000\"}}", "A of service web has the character NUL"),
                Arguments.of("{\"env\":{\"A-B\":\"x\"}}", "'A-B' of service web is not a valid name"),
                Arguments.of("{\"secretEnv\":{\"A\":null}}", "secretEnv.A.secretRef of service web must be letters"),
                Arguments.of(
                        "{\"secretEnv\":{\"A\":{\"secretRef\":\"../x\"}}}", "secretEnv.A.secretRef of service web"),
                Arguments.of("{\"secretEnv\":{\"MODE\":{\"secretRef\":\"x\"}}}", "or is in env too"),
                Arguments.of("{\"args\":[\"java\",\"\\ud800\"]}", "an arg of service web"),
                Arguments.of("{\"args\":[]}", "must name the program to start"),
                Arguments.of("{\"cpus\":1e300}", "cpus of service web must be above 0 and at most 1024"),
                Arguments.of("{\"cpus\":-1}", "cpus of service web must be above 0"),
                Arguments.of("{\"memoryMiB\":2147483647}", "memoryMiB of service web must be above 0 and at most"),
                Arguments.of("{\"instances\":1001}", "instances of service web must be from 1 to 1000"),
                Arguments.of("{\"artifact\":{\"uri\":\"file:/a b\"}}", "must say where it is, without blanks"),
                Arguments.of("{\"artifact\":{\"uri\":\"\"}}", "must say where it is, without blanks"),
                Arguments.of("{\"healthCheck\":{\"path\":\"/a b\"}}", "must begin with a slash and have no blanks"),
                Arguments.of("{\"healthCheck\":{\"interval\":\"P2D\"}}", "must be whole seconds, from one to 24 h"),
                Arguments.of("{\"healthCheck\":{\"timeout\":\"PT1.5S\"}}", "must be whole seconds, from one to 24 h"),
                Arguments.of("{\"healthCheck\":{\"gracePeriod\":\"P2D\"}}", "must be from 0 to 24 h"),
                Arguments.of("{\"healthCheck\":{\"maxConsecutiveFailures\":9999}}", "must be from 0 to 1000"),
                Arguments.of("{\"configRevision\":\"a b\"}", "configRevision of service web must be letters"),
                Arguments.of("{\"name\":\"Web\"}", "must be lower-case letters"));
    }

    @ParameterizedTest
    @MethodSource("flaws")
    void are_refused_with_the_member_named(String flaw, String message) {
        ObjectNode web = JSON.valueToTree(sound());
        merge(web, (ObjectNode) JSON.readTree(flaw));
        ServiceManifest service = JSON.treeToValue(web, ServiceManifest.class);
        assertThatThrownBy(() -> Manifests.check(new Manifest("1", List.of(service)), ENTRIES))
                .hasMessageContaining("INVALID_MANIFEST")
                .hasMessageContaining(message);
    }

    @Test
    void are_good_with_all_that_may_be_said() {
        Manifests.check(new Manifest("1", List.of(sound())), ENTRIES);
        assertThatThrownBy(() -> Manifests.check(new Manifest("1", List.of()), ENTRIES))
                .hasMessageContaining("at least one service");
        Manifests.check(new Manifest("1", List.of(sound()), null, "kubernetes"), ENTRIES);
        assertThatThrownBy(() -> Manifests.check(new Manifest("1", List.of(sound()), null, "swarm"), ENTRIES))
                .hasMessageContaining("orchestrator must be one of [kubernetes, marathon]");
        assertThatThrownBy(() ->
                        Manifests.check(new Manifest("1", List.of(sound())), List.of(new Entry(null, "/", "other"))))
                .hasMessageContaining("lacks service other");
        assertThat(sound().env()).hasSize(1);
    }

    private static ServiceManifest sound() {
        return new ServiceManifest(
                "web",
                new Artifact.File("file:/srv/shop.jar", "0".repeat(64)),
                List.of("java", "-jar", "shop.jar"),
                new java.util.TreeMap<>(Map.of("MODE", "größer 😀")),
                2,
                0.5,
                256,
                io.tricolor.contracts.group.HealthCheck.standard(),
                "17",
                "0123456789abcdef0123456789abcdef01234567");
    }

    private static void merge(ObjectNode into, ObjectNode from) {
        from.properties().forEach(member -> {
            if (member.getValue() instanceof ObjectNode inner
                    && into.get(member.getKey()) instanceof ObjectNode known) {
                merge(known, inner);
            } else {
                into.set(member.getKey(), member.getValue());
            }
        });
    }
}
