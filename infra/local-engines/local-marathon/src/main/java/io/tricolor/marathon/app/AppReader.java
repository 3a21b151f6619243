package io.tricolor.marathon.app;

import io.tricolor.marathon.app.AppDefinition.Fetch;
import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import io.tricolor.marathon.app.AppDefinition.KillSelection;
import io.tricolor.marathon.app.AppDefinition.PortDefinition;
import io.tricolor.marathon.app.AppDefinition.Protocol;
import io.tricolor.marathon.app.AppDefinition.ReadinessCheck;
import io.tricolor.marathon.app.AppDefinition.UpgradeStrategy;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads an app from JSON: fills in defaults, refuses what is wrong and what one machine cannot do. Unknown members are
 * ignored.
 */
public final class AppReader {

    private static final Pattern SEGMENT =
            Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
    private static final Set<String> RESERVED = Set.of("restart", "tasks", "versions", ".", "..");
    private static final Set<String> ECHOED = Set.of(
            "constraints",
            "unreachableStrategy",
            "acceptedResourceRoles",
            "role",
            "executor",
            "networks",
            "gpus",
            "container",
            "user",
            "residency",
            "tty",
            "check",
            "executorResources",
            "resourceLimits");

    private final FieldReader root;
    private final Problems problems = new Problems();

    private AppReader(ObjectNode json) {
        this.root = new FieldReader(json, "", problems);
    }

    /**
     * The absolute form of an app id as people write it: {@code a/b}, {@code /a/b} and {@code //a//b} are {@code /a/b}.
     */
    public static String absoluteId(String text) {
        String id = ("/" + text).replaceAll("/+", "/");
        return id.length() > 1 && id.endsWith("/") ? id.substring(0, id.length() - 1) : id;
    }

    /**
     * Reads a full definition.
     *
     * @param id overrides the body's
     * @throws Refused 400 for wrong types, 422 for wrong values
     */
    public static AppDefinition read(String id, ObjectNode json) {
        return new AppReader(json).read(id);
    }

    /** Reads a change of an existing definition: members that are absent stay as they are. */
    public static AppDefinition readChange(AppDefinition existing, ObjectNode change) {
        ObjectNode merged = AppWriter.definition(existing);
        merged.remove("ports");
        if (change.has("ports")) {
            merged.remove("portDefinitions");
        }
        if (change.has("cmd") && !change.path("cmd").isNull()) {
            merged.remove("args");
        }
        if (change.has("args") && !change.path("args").isNull()) {
            merged.remove("cmd");
        }
        change.properties().forEach(member -> {
            if (!member.getKey().equals("id")) {
                merged.set(member.getKey(), member.getValue());
            }
        });
        return read(existing.id(), merged);
    }

    /** Refuses what cannot be the id of a group. */
    public static void checkGroupId(String id) {
        AppReader reader = new AppReader(JsonNodeFactory.instance.objectNode());
        reader.checkId(id);
        reader.problems.throwIfAny();
    }

    private AppDefinition read(String id) {
        checkId(id);
        String cmd = root.text("cmd", null);
        List<String> args = root.texts("args");
        boolean hasCommand = cmd != null && !cmd.isBlank();
        // An image may have a command of its own.
        if (hasCommand == !args.isEmpty() && (hasCommand || !hasImage())) {
            problems.invalid("/", "AppDefinition must either contain one of 'cmd' or 'args', and not both");
        }
        if (root.has("secrets") && !root.isEmpty("secrets")) {
            problems.invalid("/secrets", "Feature secrets is not enabled. Enable with --enable_features secrets)");
        }
        AppDefinition app = new AppDefinition(
                id,
                cmd,
                args,
                root.number("cpus", 1, 0, 1e6),
                root.number("mem", 128, 0, 1e9),
                root.number("disk", 0, 0, 1e12),
                root.whole("instances", 1, 0, 10_000),
                root.textMap("env"),
                root.textMap("labels"),
                root.texts("dependencies").stream().map(AppReader::absoluteId).toList(),
                readFetches(),
                root.seconds("backoffSeconds", 1, 0),
                root.number("backoffFactor", 1.15, 1, 1000),
                root.seconds("maxLaunchDelaySeconds", 300, 0),
                root.seconds("taskKillGracePeriodSeconds", 3, 0),
                root.oneOf("killSelection", KillSelection.YOUNGEST_FIRST, KillSelection.class),
                readPorts(),
                root.flag("requirePorts", false),
                readHealthChecks(),
                readReadinessCheck(),
                readUpgradeStrategy(),
                readEchoed());
        checkPortIndexes(app);
        checkReadinessPort(app);
        problems.throwIfAny();
        return app;
    }

    private void checkId(String id) {
        if (id.equals("/")) {
            problems.invalid("/id", "must not be root");
            return;
        }
        String[] segments = id.substring(1).split("/", -1);
        for (String segment : segments) {
            if (!SEGMENT.matcher(segment).matches()) {
                problems.invalid("/id", "must fully match regular expression '" + SEGMENT.pattern() + "'");
                return;
            }
        }
        if (RESERVED.contains(segments[segments.length - 1])) {
            problems.invalid(
                    "/id", "must not end with any of the following reserved keywords: restart, tasks, versions, ., ..");
        }
    }

    private boolean hasImage() {
        return root.has("container")
                && root.child("container").has("docker")
                && root.child("container").child("docker").has("image");
    }

    /** Ports of a container with a network of its own; the app has none of the machine's then. */
    private int portMappings() {
        if (!root.has("container")) {
            return 0;
        }
        FieldReader container = root.child("container");
        int ours = container.children("portMappings").size();
        return container.has("docker")
                ? ours + container.child("docker").children("portMappings").size()
                : ours;
    }

    private List<Fetch> readFetches() {
        List<Fetch> fetches = new ArrayList<>();
        for (String uri : root.texts("uris")) {
            fetches.add(new Fetch(checkedUri(uri, "/uris"), false, false, null, null));
        }
        for (FieldReader fetch : root.children("fetch")) {
            // Marathon's own name for it is destPath.
            String outputFile = fetch.text("destPath", fetch.text("outputFile", null));
            String sha256 = fetch.text("sha256", null);
            if (sha256 != null && !sha256.matches("[0-9a-f]{64}")) {
                fetch.invalid("sha256", "must be 64 lower-case hex digits");
            }
            if (outputFile != null
                    && (outputFile.startsWith("/")
                            || List.of(outputFile.split("/", -1)).contains(".."))) {
                fetch.invalid("outputFile", "must stay inside the sandbox");
            }
            fetches.add(new Fetch(
                    checkedUri(fetch.requiredText("uri"), "/fetch"),
                    fetch.flag("executable", false),
                    fetch.flag("cache", false),
                    outputFile,
                    sha256));
        }
        return List.copyOf(fetches);
    }

    private String checkedUri(String text, String path) {
        try {
            String scheme = new URI(text).getScheme();
            if (scheme == null && text.startsWith("/")) {
                return "file:" + text;
            }
            if (scheme == null || !Set.of("file", "http", "https").contains(scheme)) {
                problems.invalid(path, "URI has no known scheme (file, http, https): " + text);
            }
        } catch (URISyntaxException e) {
            problems.invalid(path, "URI has invalid syntax: " + text);
        }
        return text;
    }

    private List<PortDefinition> readPorts() {
        boolean defined = root.has("portDefinitions");
        if (defined && root.has("ports")) {
            problems.invalid("/", "cannot specify both ports and port definitions");
        }
        List<PortDefinition> ports = new ArrayList<>();
        if (root.has("ports")) {
            for (Integer port : root.wholes("ports", 0, 65535)) {
                ports.add(new PortDefinition(port, ports.isEmpty() ? "default" : null, "tcp", new TreeMap<>()));
            }
        } else if (defined) {
            for (FieldReader port : root.children("portDefinitions")) {
                ports.add(new PortDefinition(
                        port.whole("port", 0, 0, 65535),
                        port.text("name", null),
                        port.text("protocol", "tcp"),
                        port.textMap("labels")));
            }
        } else if (portMappings() == 0) {
            ports.add(new PortDefinition(0, "default", "tcp", new TreeMap<>()));
        }
        Set<Integer> numbers = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (PortDefinition port : ports) {
            if (port.port() != 0 && !numbers.add(port.port())) {
                problems.invalid("/ports", "ports must be unique");
            }
            if (port.name() != null && !names.add(port.name())) {
                problems.invalid("/portDefinitions", "Port names must be unique.");
            }
        }
        return List.copyOf(ports);
    }

    private List<HealthCheck> readHealthChecks() {
        List<HealthCheck> checks = new ArrayList<>();
        for (FieldReader check : root.children("healthChecks")) {
            Protocol protocol = check.oneOf("protocol", Protocol.HTTP, Protocol.class);
            String command = null;
            if (protocol == Protocol.COMMAND) {
                command = check.has("command") ? check.child("command").text("value", null) : null;
                if (command == null) {
                    check.invalid("command", "must be set for protocol COMMAND");
                }
            }
            if (!isPath(check.text("path", "/"))) {
                check.invalid("path", "must be the path of a URI");
            }
            checks.add(new HealthCheck(
                    protocol,
                    check.text("path", "/"),
                    check.whole("portIndex", 0, 0, 1000),
                    check.has("port") ? check.whole("port", 0, 1, 65535) : null,
                    check.seconds("gracePeriodSeconds", 300, 0),
                    check.seconds("intervalSeconds", 60, 1),
                    check.seconds("timeoutSeconds", 20, 1),
                    check.whole("maxConsecutiveFailures", 3, 0, Integer.MAX_VALUE),
                    command));
        }
        return List.copyOf(checks);
    }

    private @Nullable ReadinessCheck readReadinessCheck() {
        List<FieldReader> checks = root.children("readinessChecks");
        if (checks.size() > 1) {
            problems.invalid("/readinessChecks", "is limited to at most 1 element");
        }
        if (checks.isEmpty()) {
            return null;
        }
        FieldReader check = checks.getFirst();
        if (!isPath(check.text("path", "/"))) {
            check.invalid("path", "must be the path of a URI");
        }
        List<Integer> codes = check.wholes("httpStatusCodesForReady", 100, 999);
        Duration interval = check.seconds("intervalSeconds", 30, 1);
        Duration timeout = check.seconds("timeoutSeconds", 10, 1);
        if (timeout.compareTo(interval) >= 0) {
            check.invalid("timeoutSeconds", "must be less than intervalSeconds");
        }
        return new ReadinessCheck(
                check.text("name", "readinessCheck"),
                check.oneOf("protocol", Scheme.HTTP, Scheme.class) == Scheme.HTTPS,
                check.text("path", "/"),
                check.text("portName", "http-api"),
                interval,
                timeout,
                codes.isEmpty() ? List.of(200) : codes,
                check.flag("preserveLastResponse", false));
    }

    private enum Scheme {
        HTTP,
        HTTPS
    }

    private void checkReadinessPort(AppDefinition app) {
        ReadinessCheck check = app.readinessCheck();
        if (check != null
                && app.portDefinitions().stream()
                        .noneMatch(port -> check.portName().equals(port.name()))) {
            problems.invalid("/readinessChecks", "portName must be the name of a port definition");
        }
    }

    private static boolean isPath(String text) {
        try {
            return new URI(text).getScheme() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void checkPortIndexes(AppDefinition app) {
        for (HealthCheck check : app.healthChecks()) {
            if (check.protocol() != Protocol.COMMAND
                    && check.port() == null
                    && check.portIndex() >= Math.max(app.portDefinitions().size(), portMappings())) {
                problems.invalid(
                        "/healthChecks", "Health check port indices must address an element of the ports array");
            }
        }
        if (app.requirePorts() && app.instances() > 1) {
            problems.invalid("/requirePorts", "allows one instance only: there is one machine");
        }
    }

    private UpgradeStrategy readUpgradeStrategy() {
        boolean single = "true".equals(root.textMap("labels").get("MARATHON_SINGLE_INSTANCE_APP"));
        if (!root.has("upgradeStrategy")) {
            return single ? new UpgradeStrategy(0, 0) : new UpgradeStrategy(1, 1);
        }
        FieldReader strategy = root.child("upgradeStrategy");
        return new UpgradeStrategy(
                strategy.number("minimumHealthCapacity", 1, 0, 1), strategy.number("maximumOverCapacity", 1, 0, 1));
    }

    private SortedMap<String, JsonNode> readEchoed() {
        SortedMap<String, JsonNode> echoed = new TreeMap<>();
        for (String member : ECHOED) {
            JsonNode value = root.raw(member);
            if (value != null) {
                echoed.put(member, value);
            }
        }
        return echoed;
    }

    /** What is wrong, collected so that one answer names it all. */
    static final class Problems {

        private final List<Refused.Detail> wrongTypes = new ArrayList<>();
        private final List<Refused.Detail> wrongValues = new ArrayList<>();

        void wrongType(String path, String expected) {
            wrongTypes.add(new Refused.Detail(path, List.of("error.expected." + expected)));
        }

        void invalid(String path, String error) {
            wrongValues.add(new Refused.Detail(path, List.of(error)));
        }

        void throwIfAny() {
            if (!wrongTypes.isEmpty()) {
                throw Refused.invalidJson(wrongTypes);
            }
            if (!wrongValues.isEmpty()) {
                throw Refused.notValid(wrongValues);
            }
        }
    }

    static boolean isPresent(@Nullable JsonNode node) {
        return node != null && !node.isNull() && !node.isMissingNode();
    }
}
