package io.tricolor.loggateway.intake;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Says whether a line is a request event: one finished request in the names of ECS 8.17, as
 * {@code request-event.schema.json} beside this class's resources describes it. Written by hand because it runs for
 * every line; a test holds it to the schema.
 */
final class RequestEvent {

    static final String ECS_VERSION = "8.17.0";
    static final String DATASET = "tricolor.request";

    private static final String PARAMETERS = "tricolor.params";

    private static final int LONGEST_ID = 128;
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_MESSAGE = 256;
    private static final int LONGEST_ERROR = 1024;
    private static final int LONGEST_VALUE = 512;
    private static final int MOST_STEPS = 32;
    private static final int MOST_PARAMETERS = 64;
    private static final int MOST_NAMES = 256;
    private static final int LAST_YEAR = 9999;

    private static final Pattern TRACE = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern SPAN = Pattern.compile("[0-9a-f]{16}");
    private static final Set<String> LEVELS = Set.of("INFO", "WARN", "ERROR");
    private static final Set<String> OUTCOMES = Set.of("success", "failure", "unknown");
    private static final Set<String> STEP_OUTCOMES = Set.of("success", "failure");
    private static final Set<String> STATUSES = Set.of("R", "Y", "G");
    private static final Set<String> ROUTE_REASONS =
            Set.of("whitelist_id", "whitelist_interval", "percent", "all", "lane", "fallback");
    private static final Set<String> OWN_MEMBERS =
            Set.of("cluster", "params", "steps", "redacted", "mended", "sample_rate");
    private static final Set<String> STEP_MEMBERS = Set.of("name", "start_offset", "duration", "outcome", "calls");

    private @Nullable String violation;

    private RequestEvent() {}

    /** The first thing that is wrong with a line, empty when nothing is. */
    static Optional<String> violationOf(JsonNode line) {
        RequestEvent check = new RequestEvent();
        check.line(line);
        return Optional.ofNullable(check.violation);
    }

    private void line(JsonNode line) {
        if (!line.isObject()) {
            fail("the line", "is not an object");
            return;
        }
        plainNames(line, "the line");
        check(
                line.propertyNames().stream().noneMatch(name -> name.startsWith("_")),
                "the line",
                "has a member whose name begins with an underscore, as only those of Elasticsearch do");
        time(line, "@timestamp", true);
        JsonNode ecs = object(line, "ecs", true);
        constant(ecs, "ecs.version", ECS_VERSION);
        text(line, "message", false, LONGEST_MESSAGE);
        JsonNode log = object(line, "log", false);
        oneOf(log, "log.level", false, LEVELS);
        text(log, "log.logger", false, LONGEST_NAME);
        event(object(line, "event", true));
        JsonNode service = object(line, "service", true);
        text(service, "service.name", true, LONGEST_NAME);
        text(service, "service.version", true, LONGEST_NAME);
        text(service, "service.environment", false, LONGEST_NAME);
        text(service, "service.ephemeral_id", false, LONGEST_NAME);
        JsonNode node = object(service, "service.node", false);
        text(node, "service.node.name", false, LONGEST_NAME);
        text(object(line, "organization", true), "organization.id", true, LONGEST_NAME);
        text(object(line, "tenant", true), "tenant.id", true, LONGEST_NAME);
        text(object(line, "user", true), "user.id", true, LONGEST_NAME);
        text(object(line, "client", false), "client.ip", false, LONGEST_NAME);
        http(object(line, "http", false));
        JsonNode url = object(line, "url", false);
        text(url, "url.path", false, LONGEST_ERROR);
        text(url, "url.template", false, LONGEST_ERROR);
        match(object(line, "trace", true), "trace.id", true, TRACE, "32 lower-case hexadecimal digits");
        match(object(line, "span", false), "span.id", false, SPAN, "16 lower-case hexadecimal digits");
        boolean failed = "failure".equals(line.path("event").path("outcome").asString(""));
        JsonNode error = object(line, "error", failed);
        text(error, "error.type", false, LONGEST_NAME);
        text(error, "error.code", false, LONGEST_NAME);
        text(error, "error.message", false, LONGEST_ERROR);
        text(error, "error.stack_trace", false, Integer.MAX_VALUE);
        own(object(line, "tricolor", true));
    }

    /** Elasticsearch reads a dot in a name as a level, and takes no level without a name. */
    private void plainNames(JsonNode object, String path) {
        for (String name : object.propertyNames()) {
            check(
                    !name.isBlank() && name.indexOf('.') < 0,
                    path,
                    "has a member whose name is blank or has a dot: levels are objects");
        }
    }

    private void event(@Nullable JsonNode event) {
        text(event, "event.id", true, LONGEST_ID);
        constant(event, "event.kind", "event");
        constant(event, "event.dataset", DATASET);
        constantList(event, "event.category", "web");
        constantList(event, "event.type", "access");
        text(event, "event.action", true, LONGEST_NAME);
        action(event == null ? null : event.get("action"));
        oneOf(event, "event.outcome", true, OUTCOMES);
        text(event, "event.reason", false, LONGEST_ERROR);
        time(event, "event.start", true);
        time(event, "event.end", false);
        integer(event, "event.duration", true, 0);
        integer(event, "event.sequence", false, Long.MIN_VALUE);
    }

    /** Not by a pattern: one with a repeated group would answer a long text with an overflow of the stack. */
    private void action(@Nullable JsonNode action) {
        if (action == null || !action.isString()) {
            return;
        }
        String text = action.stringValue();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isOfWord = c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!isOfWord && !(c == '.' && inWord)) {
                inWord = false;
                break;
            }
            inWord = isOfWord;
        }
        check(inWord, "event.action", "is not lower-case words separated by dots");
    }

    private void http(@Nullable JsonNode http) {
        text(http, "http.version", false, LONGEST_NAME);
        JsonNode request = object(http, "http.request", false);
        text(request, "http.request.method", false, LONGEST_NAME);
        text(request, "http.request.id", false, LONGEST_NAME);
        integer(object(request, "http.request.body", false), "http.request.body.bytes", false, Long.MIN_VALUE);
        JsonNode response = object(http, "http.response", false);
        integer(response, "http.response.status_code", false, Long.MIN_VALUE);
        integer(object(response, "http.response.body", false), "http.response.body.bytes", false, Long.MIN_VALUE);
    }

    private void own(@Nullable JsonNode own) {
        if (own == null) {
            return;
        }
        onlyMembers(own, "tricolor", OWN_MEMBERS);
        JsonNode cluster = object(own, "tricolor.cluster", false);
        text(cluster, "tricolor.cluster.name", true, LONGEST_NAME);
        oneOf(cluster, "tricolor.cluster.status", true, STATUSES);
        integer(cluster, "tricolor.cluster.strategy_revision", false, Long.MIN_VALUE);
        oneOf(cluster, "tricolor.cluster.route_reason", false, ROUTE_REASONS);
        parameters(object(own, PARAMETERS, true));
        steps(own.get("steps"));
        JsonNode redacted = own.get("redacted");
        if (redacted != null) {
            if (!redacted.isArray()) {
                fail("tricolor.redacted", "is not a list");
            } else {
                names(redacted, "tricolor.redacted");
            }
        }
        JsonNode mended = own.get("mended");
        if (mended != null) {
            if (!mended.isArray()) {
                fail("tricolor.mended", "is not a list");
            } else {
                names(mended, "tricolor.mended");
            }
        }
        JsonNode rate = own.get("sample_rate");
        check(rate == null || rate.isNumber(), "tricolor.sample_rate", "is not a number");
    }

    private void names(JsonNode list, String path) {
        check(list.size() <= MOST_NAMES, path, "has more than " + MOST_NAMES + " members");
        for (JsonNode name : list) {
            check(
                    name.isString() && length(name) <= LONGEST_VALUE,
                    path,
                    "holds more than texts of at most " + LONGEST_VALUE + " characters");
        }
    }

    private void parameters(@Nullable JsonNode parameters) {
        if (parameters == null) {
            return;
        }
        check(parameters.size() <= MOST_PARAMETERS, PARAMETERS, "has more than " + MOST_PARAMETERS + " members");
        for (Map.Entry<String, JsonNode> parameter : parameters.properties()) {
            check(
                    parameter.getKey().codePointCount(0, parameter.getKey().length()) <= LONGEST_NAME,
                    PARAMETERS,
                    "has a name that is longer than " + LONGEST_NAME + " characters");
            check(
                    parameter.getValue().isString() && length(parameter.getValue()) <= LONGEST_VALUE,
                    PARAMETERS,
                    "has a value that is no text of at most " + LONGEST_VALUE + " characters");
        }
    }

    private void steps(@Nullable JsonNode steps) {
        if (steps == null || !steps.isArray()) {
            fail("tricolor.steps", steps == null ? "is missing" : "is not a list");
            return;
        }
        check(steps.size() <= MOST_STEPS, "tricolor.steps", "has more than " + MOST_STEPS + " members");
        for (JsonNode step : steps) {
            if (!step.isObject()) {
                fail("tricolor.steps", "holds something that is not an object");
                return;
            }
            onlyMembers(step, "tricolor.steps", STEP_MEMBERS);
            text(step, "tricolor.steps.name", true, LONGEST_NAME);
            integer(step, "tricolor.steps.start_offset", false, Long.MIN_VALUE);
            integer(step, "tricolor.steps.duration", true, Long.MIN_VALUE);
            oneOf(step, "tricolor.steps.outcome", true, STEP_OUTCOMES);
            integer(step, "tricolor.steps.calls", false, Long.MIN_VALUE);
        }
    }

    private @Nullable JsonNode object(@Nullable JsonNode parent, String path, boolean required) {
        JsonNode value = member(parent, path, required);
        if (value != null && !value.isObject()) {
            fail(path, "is not an object");
            return null;
        }
        if (value != null && !path.equals(PARAMETERS)) {
            plainNames(value, path);
        }
        return value;
    }

    private void text(@Nullable JsonNode parent, String path, boolean required, int longest) {
        JsonNode value = member(parent, path, required);
        if (value == null) {
            return;
        }
        if (!value.isString()) {
            fail(path, "is not a text");
        } else if (required && value.stringValue().isEmpty()) {
            fail(path, "is empty");
        } else if (length(value) > longest) {
            fail(path, "is longer than " + longest + " characters");
        }
    }

    private void match(@Nullable JsonNode parent, String path, boolean required, Pattern pattern, String what) {
        JsonNode value = member(parent, path, required);
        if (value != null
                && !(value.isString() && pattern.matcher(value.stringValue()).matches())) {
            fail(path, "is not " + what);
        }
    }

    private void oneOf(@Nullable JsonNode parent, String path, boolean required, Set<String> values) {
        JsonNode value = member(parent, path, required);
        if (value != null && !(value.isString() && values.contains(value.stringValue()))) {
            fail(path, "is not one of " + values.stream().sorted().toList());
        }
    }

    private void constant(@Nullable JsonNode parent, String path, String wanted) {
        JsonNode value = member(parent, path, true);
        if (value != null && !(value.isString() && value.stringValue().equals(wanted))) {
            fail(path, "is not \"" + wanted + "\"");
        }
    }

    private void constantList(@Nullable JsonNode parent, String path, String wanted) {
        JsonNode value = member(parent, path, true);
        if (value != null
                && !(value.isArray()
                        && value.size() == 1
                        && wanted.equals(value.get(0).asString("")))) {
            fail(path, "is not [\"" + wanted + "\"]");
        }
    }

    private void integer(@Nullable JsonNode parent, String path, boolean required, long least) {
        JsonNode value = member(parent, path, required);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= least)) {
            fail(path, least == 0 ? "is not an integer from 0" : "is not an integer");
        }
    }

    private void time(@Nullable JsonNode parent, String path, boolean required) {
        JsonNode value = member(parent, path, required);
        if (value == null) {
            return;
        }
        try {
            OffsetDateTime time = OffsetDateTime.parse(value.isString() ? value.stringValue() : "");
            check(
                    time.getYear() >= 0
                            && time.getYear() <= LAST_YEAR
                            && time.getOffset().getTotalSeconds() % 60 == 0,
                    path,
                    "is not of the years 0 to " + LAST_YEAR + ", or has seconds in its offset");
        } catch (DateTimeException e) {
            fail(path, "is not a time as in 2026-11-23T00:41:07.512Z");
        }
    }

    private @Nullable JsonNode member(@Nullable JsonNode parent, String path, boolean required) {
        if (parent == null) {
            return null;
        }
        JsonNode value = parent.get(path.substring(path.lastIndexOf('.') + 1));
        if (value == null && required) {
            fail(path, "is missing");
        }
        return value;
    }

    private void onlyMembers(JsonNode object, String path, Set<String> known) {
        for (String name : object.propertyNames()) {
            check(known.contains(name), path, "has a member that is not known here");
        }
    }

    private static int length(JsonNode text) {
        String value = text.stringValue();
        return value.codePointCount(0, value.length());
    }

    private void check(boolean good, String path, String what) {
        if (!good) {
            fail(path, what);
        }
    }

    private void fail(String path, String what) {
        if (violation == null) {
            violation = path + " " + what;
        }
    }
}
