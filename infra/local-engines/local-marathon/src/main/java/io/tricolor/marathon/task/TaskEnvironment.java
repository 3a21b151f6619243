package io.tricolor.marathon.task;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppDefinition.PortDefinition;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The environment of a task. Nothing of the engine's own goes in but PATH and JAVA_HOME. */
public final class TaskEnvironment {

    private static final int MAX_LABEL_LENGTH = 512;

    private TaskEnvironment() {}

    /** Variables for one task; later kinds win: context, then ports and host, then the app's own. */
    public static Map<String, String> of(App app, String taskId, List<Integer> ports, Path sandbox) {
        AppDefinition definition = app.definition();
        Map<String, String> env = new TreeMap<>();
        String javaHome = System.getProperty("java.home");
        String path = System.getenv().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        env.put("JAVA_HOME", javaHome);
        env.put("PATH", javaHome + File.separator + "bin" + File.pathSeparator + path);
        env.put("MESOS_TASK_ID", taskId);
        env.put("MESOS_SANDBOX", sandbox.toString());
        env.put("MARATHON_APP_ID", app.id());
        env.put("MARATHON_APP_VERSION", App.timestamp(app.version()));
        env.put("MARATHON_APP_RESOURCE_CPUS", Double.toString(definition.cpus()));
        env.put("MARATHON_APP_RESOURCE_MEM", Double.toString(definition.mem()));
        env.put("MARATHON_APP_RESOURCE_DISK", Double.toString(definition.disk()));
        env.put("MARATHON_APP_RESOURCE_GPUS", "0");
        Map<String, String> labels = new TreeMap<>();
        definition.labels().forEach((key, value) -> {
            if (key.length() < MAX_LABEL_LENGTH && value.length() < MAX_LABEL_LENGTH) {
                labels.put(variable(key), value);
            }
        });
        env.put("MARATHON_APP_LABELS", String.join(" ", labels.keySet()));
        labels.forEach((key, value) -> env.put("MARATHON_APP_LABEL_" + key, value));
        env.put("HOST", "127.0.0.1");
        if (!ports.isEmpty()) {
            env.put("PORT", ports.getFirst().toString());
            env.put("PORTS", ports.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        for (int i = 0; i < ports.size(); i++) {
            PortDefinition declared = definition.portDefinitions().get(i);
            String port = ports.get(i).toString();
            env.put("PORT" + i, port);
            env.put("PORT_" + declared.port(), port);
            if (declared.name() != null) {
                env.put("PORT_" + variable(declared.name()), port);
            }
        }
        env.putAll(definition.env());
        return env;
    }

    private static String variable(String name) {
        return name.replaceAll("[^A-Za-z0-9_]", "_").toUpperCase(Locale.ROOT);
    }
}
