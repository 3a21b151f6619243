package io.tricolor.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The files that are published beside the records, and the mapper that services read and write with. */
final class Published {

    static final String FOLDER = "io/tricolor/contracts/";

    /** The settings of the services' mapper. */
    static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private Published() {}

    /** File name without suffix of every revision of every message type. */
    static Stream<String> everyRevision() {
        return EventTypes.all().stream()
                .flatMap(type -> IntStream.rangeClosed(1, EventTypes.revisionOf(type))
                        .mapToObj(revision -> EventTypes.nameOf(type) + ".v" + revision));
    }

    static String currentNameOf(Class<?> type) {
        return EventTypes.nameOf(type) + ".v" + EventTypes.revisionOf(type);
    }

    /**
     * Names of all samples: one for every revision, and those that show a member which was added inside of a
     * revision, {@code <revision>+<what>}.
     */
    static Stream<String> everySample() {
        return Stream.concat(
                everyRevision(),
                Stream.of(
                        "cluster-group.created.v1+claims",
                        "freeze.window-set.v1+once",
                        "cluster-group.stage-changed.v1+webhook",
                        "cluster-group.stage-changed.v1+watch-after",
                        "monitor.judge-gate.v1+switched",
                        "cluster-group.upgrade-started.v2+secret-env",
                        "cluster-group.upgrade-started.v3+rolling",
                        "cluster-group.upgrade-started.v3+marathon",
                        "cluster-group.upgrade-started.v3+data-schema",
                        "cluster-group.upgrade-started.v4+rolling",
                        "cluster-group.upgrade-started.v4+marathon",
                        "cluster-group.upgrade-started.v4+data-schema",
                        "deploy.ensure-cluster.v2+secret-env",
                        "deploy.ensure-cluster.v2+orchestrator",
                        "deploy.cluster-observed.v2+problem",
                        "cluster-group.cluster-desired-state-changed.v1+withdrawn",
                        "cluster-group.route-strategies-changed.v1+id-lists",
                        "cluster-group.route-strategies-changed.v1+interval-lists"));
    }

    /** Revision that a sample is of. */
    static String revisionOf(String sample) {
        return sample.replaceFirst("\\+.*", "");
    }

    /** Current samples of a type. */
    static Stream<String> samplesOf(Class<?> type) {
        return everySample().filter(sample -> revisionOf(sample).equals(currentNameOf(type)));
    }

    static JsonNode sample(String name) {
        return JSON.readTree(text("samples/" + name + ".json"));
    }

    static JsonNode schema(String name) {
        return JSON.readTree(text("schema/" + name + ".json"));
    }

    /** What the schema of that name has against a document; empty: nothing. */
    static List<Error> errors(String schema, JsonNode document) {
        return SCHEMAS.getSchema(SchemaLocation.of("classpath:" + FOLDER + "schema/" + schema + ".json"))
                .validate(document);
    }

    static String text(String file) {
        try (InputStream in = Published.class.getClassLoader().getResourceAsStream(FOLDER + file)) {
            return new String(
                    Objects.requireNonNull(in, () -> "there is no " + FOLDER + file)
                            .readAllBytes(),
                    UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
