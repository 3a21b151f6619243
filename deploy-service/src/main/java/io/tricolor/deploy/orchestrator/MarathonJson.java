package io.tricolor.deploy.orchestrator;

import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Lack;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrator.Waiting;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Between our words and Marathon's. */
final class MarathonJson {

    /** Environment variable that carries the digest of the definition; a label would do, but people edit labels. */
    private static final String DIGEST = "TRICOLOR_DIGEST";

    /** How the ids of all instances begin. */
    static final String TASKS = "tricolor_";

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

    /** How the ids of a cluster's instances begin. No name has an underscore. */
    static String taskPrefix(String group, String cluster) {
        return TASKS + group + "_" + cluster.toLowerCase(Locale.ROOT) + "_";
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
        if (manifest.configRevision() != null) {
            env.put("TRICOLOR_CONFIG_REVISION", manifest.configRevision());
        }
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
            case Artifact.File file -> app.put("fetch", List.of(fetch(file, definition.source())));
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

    /** What a store serves under its hash never changes, so it may be cached. */
    private static Map<String, Object> fetch(Artifact.File file, @Nullable String source) {
        return source == null || source.equals(file.uri())
                ? Map.of("uri", file.uri())
                : Map.of("uri", source, "extract", false, "cache", true, "sha256", file.sha256());
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
                List.copyOf(tasks),
                lastEnd(app.path("lastTaskFailure"), newest),
                Waiting.NONE);
    }

    /** An end of an older definition says nothing about the present one. */
    private static @Nullable End lastEnd(JsonNode failure, String newest) {
        String version = failure.path("version").asString("");
        if (version.isEmpty() || version.compareTo(newest) < 0) {
            return null;
        }
        try {
            return new End(
                    failure.path("taskId").asString(""),
                    failure.path("state").asString(""),
                    failure.path("message").asString(""),
                    Instant.parse(failure.path("timestamp").asString("")));
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Why instances have not been started, by app id, of the queue of apps that wait for some. */
    static Map<String, Waiting> waiting(JsonNode queue) {
        Map<String, Waiting> byApp = new HashMap<>();
        for (JsonNode item : queue.path("queue")) {
            JsonNode offers = item.path("processedOffersSummary");
            Set<Lack> lacks = EnumSet.noneOf(Lack.class);
            for (JsonNode rejection : offers.path("rejectSummaryLastOffers")) {
                Lack lack = lack(rejection.path("reason").asString(""));
                if (lack != null && rejection.path("declined").asInt(0) > 0) {
                    lacks.add(lack);
                }
            }
            boolean delayed = !item.path("delay").path("overdue").asBoolean(true);
            boolean unoffered = offers.path("processedOffersCount").asInt(0) == 0;
            byApp.put(
                    item.path("app").path("id").asString(""),
                    new Waiting(
                            lacks,
                            unoffered && !delayed ? instant(item.path("since").asString("")) : null));
        }
        return byApp;
    }

    private static @Nullable Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Lack lack(String reason) {
        return switch (reason) {
            case "InsufficientCpus" -> Lack.CPU;
            case "InsufficientMemory" -> Lack.MEMORY;
            case "InsufficientDisk" -> Lack.DISK;
            case "InsufficientPorts" -> Lack.PORTS;
            case "UnfulfilledRole",
                    "UnfulfilledConstraint",
                    "NoCorrespondingReservationFound",
                    "AgentMaintenance",
                    "AgentDraining" -> Lack.SUITABILITY;
            default -> null;
        };
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
