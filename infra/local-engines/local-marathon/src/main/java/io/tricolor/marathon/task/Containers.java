package io.tricolor.marathon.task;

import io.tricolor.marathon.app.AppDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Containers by the command line of Docker, where an engine answers it. The client is the process of the task: it hands
 * signals on, writes what the container writes, and ends as it ended. Containers have the network of the machine.
 */
public final class Containers {

    private static final System.Logger LOG = System.getLogger(Containers.class.getName());
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int PATIENCE_SECONDS = 10;
    private static final String SANDBOX = "/mnt/mesos/sandbox";

    /** Of the engine's own machine: an image has others. */
    private static final Set<String> NOT_PASSED = Set.of("PATH", "JAVA_HOME", "MESOS_SANDBOX");

    private final String program;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile boolean there;
    private volatile long askedAt = System.nanoTime() - ASK_AGAIN_NANOS;

    /** By this program. */
    public Containers(String program) {
        this.program = program;
    }

    /** Whether an engine answered when it was last asked; asks again in the background. Does not block. */
    public boolean areThere() {
        if (System.nanoTime() - askedAt >= ASK_AGAIN_NANOS && asking.compareAndSet(false, true)) {
            var _ = Thread.startVirtualThread(() -> {
                there = run("version", "--format", "{{.Server.Version}}");
                askedAt = System.nanoTime();
                asking.set(false);
            });
        }
        return there;
    }

    /** The command that is the task. */
    List<String> command(String taskId, AppDefinition app, Map<String, String> environment) {
        JsonNode container = app.echoed().getOrDefault("container", MissingNode.getInstance());
        JsonNode docker = container.path("docker");
        List<String> command = new ArrayList<>(List.of(program, "run", "--rm", "--name", taskId, "--network", "host"));
        command.addAll(List.of("--cpus", Double.toString(app.cpus()), "--memory", Math.round(app.mem()) + "m"));
        if (docker.path("forcePullImage").asBoolean(false)) {
            command.addAll(List.of("--pull", "always"));
        }
        if (docker.path("privileged").asBoolean(false)) {
            command.add("--privileged");
        }
        JsonNode user = app.echoed().get("user");
        if (user != null && !user.asString("").isEmpty()) {
            command.addAll(List.of("--user", user.asString("")));
        }
        for (JsonNode parameter : docker.path("parameters")) {
            command.add("--" + parameter.path("key").asString("") + "="
                    + parameter.path("value").asString(""));
        }
        for (JsonNode volume : container.path("volumes")) {
            String mode = volume.path("mode").asString("RO").equals("RW") ? "rw" : "ro";
            command.addAll(List.of(
                    "--volume",
                    volume.path("hostPath").asString("") + ":"
                            + volume.path("containerPath").asString("") + ":" + mode));
        }
        command.addAll(List.of("--volume", environment.get("MESOS_SANDBOX") + ":" + SANDBOX + ":rw"));
        command.addAll(List.of("--env", "MESOS_SANDBOX=" + SANDBOX));
        // By name: values stand in the environment of the client, where no list of processes shows them.
        environment.keySet().stream().filter(name -> !NOT_PASSED.contains(name)).forEach(name -> {
            command.add("--env");
            command.add(name);
        });
        command.add(app.image().orElseThrow());
        if (app.cmd() != null) {
            command.addAll(List.of("/bin/sh", "-c", app.cmd()));
        } else {
            command.addAll(app.args());
        }
        return command;
    }

    /** What the client needs beside the environment of the task. */
    static Map<String, String> clientEnvironment(Map<String, String> environment) {
        Map<String, String> all = new TreeMap<>(environment);
        for (String name : List.of("HOME", "DOCKER_HOST", "DOCKER_CONFIG")) {
            String value = System.getenv(name);
            if (value != null) {
                all.putIfAbsent(name, value);
            }
        }
        return all;
    }

    /** Takes away the container of a task whose client has ended, should it run on. Blocks. */
    public void remove(String taskId) {
        if (!run("rm", "--force", taskId)) {
            LOG.log(System.Logger.Level.DEBUG, "the container of {0} was not removed", taskId);
        }
    }

    private boolean run(String... words) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(words));
        @Nullable Process process = null;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
