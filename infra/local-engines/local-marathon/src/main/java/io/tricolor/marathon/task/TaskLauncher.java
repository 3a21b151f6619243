package io.tricolor.marathon.task;

import io.tricolor.marathon.app.AppDefinition;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Starts a task as a session and process group of its own, with files instead of pipes, so that it outlives the engine
 * and a signal to the engine's terminal does not reach it.
 */
public final class TaskLauncher {

    private static final Optional<Path> SETSID = Stream.of("/usr/bin/setsid", "/bin/setsid")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();

    private TaskLauncher() {}

    /**
     * Starts the process. {@code args} become its argument vector unchanged; {@code cmd} is given to
     * {@code /bin/sh -c}.
     */
    public static Process launch(
            String taskId,
            AppDefinition app,
            Map<String, String> environment,
            Sandbox sandbox,
            Cgroups cgroups,
            Containers containers)
            throws IOException {
        List<String> command = new ArrayList<>(app.image().isPresent() ? List.of() : cgroups.enter(taskId, app));
        SETSID.ifPresent(setsid -> command.add(setsid.toString()));
        boolean isContainer = app.image().isPresent();
        if (isContainer) {
            command.addAll(containers.command(taskId, app, environment));
        } else if (app.cmd() != null) {
            command.addAll(List.of("/bin/sh", "-c", app.cmd()));
        } else {
            command.addAll(app.args());
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(sandbox.directory().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        sandbox.log("stdout").file().toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        sandbox.log("stderr").file().toFile()));
        builder.environment().clear();
        builder.environment().putAll(isContainer ? Containers.clientEnvironment(environment) : environment);
        return builder.start();
    }
}
