package io.tricolor.marathon.engine;

import io.tricolor.marathon.task.Cgroups;
import io.tricolor.marathon.task.Containers;
import java.nio.file.Path;

/**
 * How the engine is set up.
 *
 * @param minPort first host port for tasks
 * @param maxPort last host port for tasks
 * @param cpus that tasks may ask for together; 0: no limit
 * @param mem in MiB, that tasks may ask for together; 0: no limit
 * @param maxLogBytes of each of a task's two logs; one older file of the same size is kept
 * @param cgroups that limit tasks to what their apps ask for
 * @param containers for apps that run from an image
 */
public record EngineSettings(
        Path dataDirectory,
        int minPort,
        int maxPort,
        long maxLogBytes,
        double cpus,
        double mem,
        Cgroups cgroups,
        Containers containers) {

    /** Where tasks have their directories. */
    Path sandboxes() {
        return dataDirectory.toAbsolutePath().resolve("sandboxes");
    }
}
