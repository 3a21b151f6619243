package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Between our words and Marathon's. */
final class MarathonJson {

    /** Environment variable that carries the digest of the definition; a label would do, but people edit labels. */
    private static final String DIGEST = "TRICOLOR_DIGEST";

    /** Everything else counts as running, whatever it is called: an unreachable task may serve, and may come back. */
    private static final Set<String> ENDED = Set.of(
            "TASK_FINISHED",
            "TASK_FAILED",
            "TASK_KILLED",
            "TASK_ERROR",
            "TASK_LOST",
            "TASK_DROPPED",
            "TASK_GONE",
            "TASK_GONE_BY_OPERATOR");

    private static final Pattern APP_ID = Pattern.compile("/tricolor/([a-z0-9-]+)/([a-z0-9]+)/([a-z0-9-]+)");

    private MarathonJson() {}

    static String appId(ServiceKey key) {
        return "/tricolor/" + key.group() + "/" + key.cluster().toLowerCase(Locale.ROOT) + "/" + key.service();
    }

    static Optional<ServiceKey> key(String appId) {
        Matcher parts = APP_ID.matcher(appId);
        return parts.matches()
                ? Optional.of(new ServiceKey(parts.group(1), parts.group(2).toUpperCase(Locale.ROOT), parts.group(3)))
                : Optional.empty();
    }

    /** The complete definition of an app. */
    static Map<String, Object> app(ServiceDefinition definition, long killGraceSeconds) {
        ServiceManifest manifest = definition.manifest();
        Map<String, String> env = new TreeMap<>(manifest.env());
        definition.secrets().addTo(env);
        env.put("TRICOLOR_GROUP", definition.key().group());
        env.put("TRICOLOR_CLUSTER", definition.key().cluster());
        env.put("TRICOLOR_SERVICE", definition.key().service());
        env.put("TRICOLOR_VERSION", definition.version());
        env.put(DIGEST, definition.digest());

        Map<String, Object> app = new LinkedHashMap<>();
        app.put("id", appId(definition.key()));
        app.put("instances", definition.instances());
        app.put("cpus", manifest.cpus());
        app.put("mem", manifest.memoryMiB());
        if (!manifest.args().isEmpty()) {
            app.put("args", manifest.args());
        }
        app.put("env", env);
        switch (manifest.artifact()) {
            case Artifact.File file -> app.put("fetch", List.of(Map.of("uri", file.uri())));
            case Artifact.Image image ->
                app.put(
                        "container",
                        Map.of("type", "DOCKER", "docker", Map.of("image", image.repository() + "@" + image.digest())));
        }
        app.put("networks", List.of(Map.of("mode", "host")));
        app.put("portDefinitions", List.of(Map.of("port", 0, "name", "http", "protocol", "tcp")));
        app.put("healthChecks", List.of(healthCheck(manifest.healthCheck())));
        app.put("taskKillGracePeriodSeconds", killGraceSeconds);
        app.put("backoffSeconds", 1);
        app.put("maxLaunchDelaySeconds", 30);
        return app;
    }

    private static Map<String, Object> healthCheck(HealthCheck check) {
        Map<String, Object> http = new LinkedHashMap<>();
        http.put("protocol", "HTTP");
        http.put("path", check.path());
        http.put("portIndex", 0);
        http.put("intervalSeconds", check.interval().toSeconds());
        http.put("timeoutSeconds", check.timeout().toSeconds());
        http.put("gracePeriodSeconds", check.gracePeriod().toSeconds());
        http.put("maxConsecutiveFailures", check.maxConsecutiveFailures());
        return http;
    }

    static RunningService running(JsonNode app) {
        String newest = app.path("versionInfo").path("lastConfigChangeAt").asString("");
        List<Task> tasks = new ArrayList<>();
        for (JsonNode task : app.path("tasks")) {
            if (ENDED.contains(task.path("state").asString(""))) {
                continue;
            }
            // Timestamps of one format compare as text.
            boolean current = task.path("version").asString("").compareTo(newest) >= 0;
            tasks.add(new Task(
                    task.path("id").asString(""),
                    task.path("host").asString(""),
                    task.path("ports").path(0).asInt(0),
                    health(task),
                    current));
        }
        return new RunningService(
                app.path("env").path(DIGEST).asString(""),
                app.path("instances").asInt(0),
                !app.path("deployments").isEmpty(),
                List.copyOf(tasks));
    }

    /** No result yet is not a pass, and not a failure: a new leader has none of instances that have served for long. */
    private static Health health(JsonNode task) {
        JsonNode results = task.path("healthCheckResults");
        for (JsonNode result : results) {
            if (!result.path("alive").asBoolean(false)) {
                return Health.UNHEALTHY;
            }
        }
        return switch (task.path("state").asString("")) {
            case "TASK_RUNNING" -> results.isEmpty() ? Health.UNKNOWN : Health.HEALTHY;
            case "TASK_STAGING", "TASK_STARTING", "TASK_KILLING" -> Health.UNHEALTHY;
            default -> Health.UNKNOWN;
        };
    }
}
