package io.tricolor.loggateway.intake;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.tricolor.loggateway.TestLines;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Each case is put to the schema as well: the two may not differ. */
class RequestEventTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void takes_a_line_with_every_member() {
        assertTaken(TestLines.full());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/message",
                "/log",
                "/event/end",
                "/event/sequence",
                "/service/environment",
                "/service/node",
                "/client",
                "/http",
                "/http/response",
                "/url",
                "/url/template",
                "/span",
                "/tricolor/cluster",
                "/tricolor/redacted",
                "/tricolor/sample_rate",
                "/tricolor/cluster/route_reason"
            })
    void takes_a_line_without(String pointer) {
        assertTaken(without(pointer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/@timestamp",
                "/ecs",
                "/ecs/version",
                "/event",
                "/event/id",
                "/event/kind",
                "/event/dataset",
                "/event/category",
                "/event/type",
                "/event/action",
                "/event/outcome",
                "/event/start",
                "/event/duration",
                "/service",
                "/service/name",
                "/service/version",
                "/organization",
                "/organization/id",
                "/tenant",
                "/tenant/id",
                "/user",
                "/user/id",
                "/trace",
                "/trace/id",
                "/tricolor",
                "/tricolor/params",
                "/tricolor/steps",
                "/tricolor/cluster/name",
                "/tricolor/cluster/status"
            })
    void rejects_a_line_without(String pointer) {
        assertRejected(without(pointer), pointer.substring(1).replace('/', '.') + " is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/@timestamp                    | \"yesterday\"       | @timestamp is not a time",
                "/@timestamp                    | 1700000000000       | @timestamp is not a time",
                "/@timestamp                    | \"2026-11-23\"      | @timestamp is not a time",
                "/ecs                           | \"8.17.0\"          | ecs is not an object",
                "/ecs/version                   | \"1.0\"             | ecs.version is not",
                "/log/level                     | \"DEBUG\"           | log.level is not one of",
                "/event/id                      | \"\"                | event.id is empty",
                "/event/id                      | 17                  | event.id is not a text",
                "/event/kind                    | \"alert\"           | event.kind is not",
                "/event/dataset                 | \"suite.request\"   | event.dataset is not",
                "/event/category                | \"web\"             | event.category is not",
                "/event/category                | [\"web\",\"api\"]   | event.category is not",
                "/event/type                    | []                  | event.type is not",
                "/event/action                  | \"Order.Create\"    | event.action is not",
                "/event/action                  | \"order..create\"   | event.action is not",
                "/event/action                  | \".order\"         | event.action is not",
                "/event/action                  | \"order.\"         | event.action is not",
                "/event/a.b                     | 1                   | event has a member whose name",
                "/log.level                     | \"INFO\"           | the line has a member whose name",
                "/_id                           | \"x\"              | the line has a member whose name begins",
                "/http/request/                 | 1                   | http.request has a member whose name",
                "/@timestamp                    | \"+12026-11-23T00:41:07Z\" | @timestamp is not of the years",
                "/tricolor/mended               | {}                  | tricolor.mended is not a list",
                "/event/outcome                 | \"ok\"              | event.outcome is not one of",
                "/event/outcome                 | \"failure\"         | error is missing",
                "/event/duration                | -1                  | event.duration is not an integer from 0",
                "/event/duration                | 1.5                 | event.duration is not an integer",
                "/event/duration                | \"37\"              | event.duration is not an integer",
                "/event/sequence                | \"1\"               | event.sequence is not an integer",
                "/event/start                   | null                | event.start is not a time",
                "/service/name                  | null                | service.name is not a text",
                "/service/ephemeral_id          | 17                  | service.ephemeral_id is not a text",
                "/service/node                  | \"n\"               | service.node is not an object",
                "/user/id                       | 1001                | user.id is not a text",
                "/trace/id                      | \"4BF92F3577B34DA6A3CE929D0E0E4736\" | trace.id is not",
                "/trace/id                      | \"4bf9\"            | trace.id is not",
                "/span/id                       | \"x\"               | span.id is not",
                "/http/response/status_code     | \"200\"             | http.response.status_code is not",
                "/tricolor/cluster/status       | \"GREEN\"           | tricolor.cluster.status is not one of",
                "/tricolor/cluster/route_reason | \"luck\"            | tricolor.cluster.route_reason is not one of",
                "/tricolor/params               | []                  | tricolor.params is not an object",
                "/tricolor/params/qty           | 2                   | tricolor.params has a value",
                "/tricolor/params/qty           | {\"a\":\"b\"}       | tricolor.params has a value",
                "/tricolor/steps                | {}                  | tricolor.steps is not a list",
                "/tricolor/steps/0              | 1                   | tricolor.steps holds something",
                "/tricolor/steps/0/outcome      | \"unknown\"         | tricolor.steps.outcome is not one of",
                "/tricolor/steps/0/more         | 1                   | tricolor.steps has a member",
                "/tricolor/more                 | 1                   | tricolor has a member",
                "/tricolor/redacted             | [1]                 | tricolor.redacted holds more than texts",
                "/tricolor/sample_rate          | \"1\"               | tricolor.sample_rate is not a number"
            })
    void rejects_a_line_with(String pointer, String value, String reason) {
        assertRejected(with(pointer, JSON.readTree(value)), reason);
    }

    @Test
    void rejects_what_is_too_long_or_too_many() {
        assertRejected(with("/message", JSON.valueToTree("m".repeat(257))), "message is longer than 256");
        assertTaken(with("/message", JSON.valueToTree("😀".repeat(256))));
        assertRejected(with("/event/id", JSON.valueToTree("i".repeat(129))), "event.id is longer than 128");
        assertRejected(with("/tricolor/params/q", JSON.valueToTree("v".repeat(513))), "tricolor.params has a value");
        assertRejected(
                with("/tricolor/params", JSON.valueToTree(numbers(65))), "tricolor.params has more than 64 members");
        assertRejected(
                with("/event/action", JSON.valueToTree("a" + ".a".repeat(150))), "event.action is longer than 256");
        assertThat(RequestEvent.violationOf(with("/event/action", JSON.valueToTree("a" + ".a".repeat(30_000)))))
                .as("of a length that the schema's reader has no stack for")
                .get()
                .asString()
                .startsWith("event.action is longer than 256");
        assertTaken(with("/event/action", JSON.valueToTree("a" + ".a".repeat(127))));
        assertRejected(
                with("/tricolor/params/" + "n".repeat(257), JSON.valueToTree("v")), "tricolor.params has a name");
        assertRejected(
                with("/tricolor/redacted", JSON.valueToTree(List.of("r".repeat(513)))),
                "tricolor.redacted holds more than texts");
        assertRejected(with("/tricolor/mended", JSON.valueToTree(numbers(257))), "tricolor.mended is not a list");
        JsonNode step = TestLines.full().at("/tricolor/steps/0");
        assertTaken(with(
                "/tricolor/steps",
                JSON.valueToTree(IntStream.range(0, 32).mapToObj(i -> step).toList())));
        assertRejected(
                with(
                        "/tricolor/steps",
                        JSON.valueToTree(
                                IntStream.range(0, 33).mapToObj(i -> step).toList())),
                "tricolor.steps has more than 32");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "null", "\"line\"", "{}"})
    void rejects_what_is_no_object_or_an_empty_one(String line) {
        assertThat(RequestEvent.violationOf(JSON.readTree(line))).isPresent();
        assertThat(bySchema(JSON.readTree(line))).isNotEmpty();
    }

    @Test
    void takes_a_failure_that_says_what_failed() {
        ObjectNode line = with("/event/outcome", JSON.readTree("\"failure\""));
        line.putObject("error").put("code", "GROUP_NOT_FOUND");
        assertTaken(line);
        assertRejected(set(line, "/error/message", JSON.valueToTree("m".repeat(1025))), "error.message is longer");
    }

    private static Object numbers(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "p" + i, i -> "v"));
    }

    private static void assertTaken(JsonNode line) {
        assertThat(bySchema(line)).isEmpty();
        assertThat(RequestEvent.violationOf(line)).isEmpty();
    }

    private static void assertRejected(JsonNode line, String reason) {
        assertThat(bySchema(line)).isNotEmpty();
        assertThat(RequestEvent.violationOf(line)).get().asString().startsWith(reason);
    }

    private static ObjectNode without(String pointer) {
        ObjectNode line = TestLines.full();
        int last = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) line.at(pointer.substring(0, last));
        assertThat(parent.remove(pointer.substring(last + 1))).isNotNull();
        return line;
    }

    private static ObjectNode with(String pointer, JsonNode value) {
        return set(TestLines.full(), pointer, value);
    }

    private static ObjectNode set(ObjectNode line, String pointer, JsonNode value) {
        int last = pointer.lastIndexOf('/');
        JsonNode parent = line.at(pointer.substring(0, last));
        String name = pointer.substring(last + 1);
        if (parent instanceof ObjectNode object) {
            object.set(name, value);
        } else {
            ((tools.jackson.databind.node.ArrayNode) parent).set(Integer.parseInt(name), value);
        }
        return line;
    }

    private static List<Error> bySchema(JsonNode line) {
        return SCHEMA.validate(
                line, execution -> execution.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    private static final Schema SCHEMA = schema();

    private static Schema schema() {
        try (InputStream in = RequestEventTest.class.getResourceAsStream("/request-event.schema.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
