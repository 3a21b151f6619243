package io.tricolor.marathon.app;

import io.tricolor.marathon.app.AppDefinition.Fetch;
import io.tricolor.marathon.app.AppDefinition.HealthCheck;
import io.tricolor.marathon.app.AppDefinition.PortDefinition;
import io.tricolor.marathon.app.AppDefinition.Protocol;
import io.tricolor.marathon.app.AppDefinition.ReadinessCheck;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes apps as the API shows them. What {@link #definition} writes, {@link AppReader} reads back to an equal
 * definition.
 */
public final class AppWriter {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private AppWriter() {}

    /** Definition with its version. */
    public static ObjectNode app(App app) {
        ObjectNode json = definition(app.definition());
        json.put("version", App.timestamp(app.version()));
        json.putObject("versionInfo")
                .put("lastScalingAt", App.timestamp(app.lastScalingAt()))
                .put("lastConfigChangeAt", App.timestamp(app.lastConfigChangeAt()));
        return json;
    }

    /** Definition alone. */
    public static ObjectNode definition(AppDefinition app) {
        ObjectNode json = NODES.objectNode();
        json.put("id", app.id());
        if (app.cmd() != null) {
            json.put("cmd", app.cmd());
        }
        if (!app.args().isEmpty()) {
            ArrayNode args = json.putArray("args");
            app.args().forEach(args::add);
        }
        json.put("cpus", app.cpus()).put("mem", app.mem()).put("disk", app.disk());
        json.put("instances", app.instances());
        json.set("env", texts(app.env()));
        json.set("labels", texts(app.labels()));
        ArrayNode dependencies = json.putArray("dependencies");
        app.dependencies().forEach(dependencies::add);
        ArrayNode fetches = json.putArray("fetch");
        app.fetch().forEach(fetch -> fetches.add(fetch(fetch)));
        json.set("backoffSeconds", seconds(app.backoff()));
        json.put("backoffFactor", app.backoffFactor());
        json.set("maxLaunchDelaySeconds", seconds(app.maxLaunchDelay()));
        json.set("taskKillGracePeriodSeconds", seconds(app.taskKillGracePeriod()));
        json.put("killSelection", app.killSelection().name()).put("requirePorts", app.requirePorts());
        ArrayNode ports = json.putArray("ports");
        ArrayNode portDefinitions = json.putArray("portDefinitions");
        app.portDefinitions().forEach(port -> {
            ports.add(port.port());
            portDefinitions.add(port(port));
        });
        ArrayNode checks = json.putArray("healthChecks");
        app.healthChecks().forEach(check -> checks.add(healthCheck(check)));
        ArrayNode readiness = json.putArray("readinessChecks");
        if (app.readinessCheck() != null) {
            readiness.add(readinessCheck(app.readinessCheck()));
        }
        json.putObject("upgradeStrategy")
                .put("minimumHealthCapacity", app.upgradeStrategy().minimumHealthCapacity())
                .put("maximumOverCapacity", app.upgradeStrategy().maximumOverCapacity());
        app.echoed().forEach(json::set);
        return json;
    }

    /** One health check, as events show it too. */
    public static ObjectNode healthCheck(HealthCheck check) {
        ObjectNode json = NODES.objectNode();
        json.put("protocol", check.protocol().name());
        if (check.protocol().isHttp()) {
            json.put("path", check.path());
        }
        if (check.protocol() == Protocol.COMMAND) {
            json.putObject("command").put("value", check.command());
        } else if (check.port() != null) {
            json.put("port", check.port().intValue());
        } else {
            json.put("portIndex", check.portIndex());
        }
        json.set("gracePeriodSeconds", seconds(check.gracePeriod()));
        json.set("intervalSeconds", seconds(check.interval()));
        json.set("timeoutSeconds", seconds(check.timeout()));
        return json.put("maxConsecutiveFailures", check.maxConsecutiveFailures());
    }

    private static ObjectNode readinessCheck(ReadinessCheck check) {
        ObjectNode json = NODES.objectNode();
        json.put("name", check.name())
                .put("protocol", check.https() ? "HTTPS" : "HTTP")
                .put("path", check.path())
                .put("portName", check.portName());
        json.set("intervalSeconds", seconds(check.interval()));
        json.set("timeoutSeconds", seconds(check.timeout()));
        ArrayNode codes = json.putArray("httpStatusCodesForReady");
        check.statusCodes().forEach(codes::add);
        return json.put("preserveLastResponse", check.preserveLastResponse());
    }

    private static ObjectNode fetch(Fetch fetch) {
        ObjectNode json = NODES.objectNode();
        json.put("uri", fetch.uri())
                .put("extract", false)
                .put("executable", fetch.executable())
                .put("cache", fetch.cache());
        if (fetch.outputFile() != null) {
            json.put("destPath", fetch.outputFile());
        }
        if (fetch.sha256() != null) {
            json.put("sha256", fetch.sha256());
        }
        return json;
    }

    private static ObjectNode port(PortDefinition port) {
        ObjectNode json = NODES.objectNode();
        json.put("port", port.port());
        if (port.name() != null) {
            json.put("name", port.name());
        }
        json.put("protocol", port.protocol());
        json.set("labels", texts(port.labels()));
        return json;
    }

    private static ObjectNode texts(Map<String, String> map) {
        ObjectNode json = NODES.objectNode();
        map.forEach(json::put);
        return json;
    }

    /** A whole number where it is one: typed clients read most of these members as integers. */
    private static JsonNode seconds(Duration duration) {
        long whole = duration.toSeconds();
        return duration.equals(Duration.ofSeconds(whole))
                ? NODES.numberNode(whole)
                : NODES.numberNode(duration.toNanos() / 1e9);
    }
}
