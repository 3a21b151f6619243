package io.tricolor.marathon.engine;

import java.nio.file.Path;

/**
 * How the engine is set up.
 *
 * @param minPort first host port for tasks
 * @param maxPort last host port for tasks
 * @param cpus that tasks may ask for together; 0: no limit
 * @param mem in MiB, that tasks may ask for together; 0: no limit
 * @param maxLogBytes of each of a task's two logs; one older file of the same size is kept
 */
public record EngineSettings(Path dataDirectory, int minPort, int maxPort, long maxLogBytes, double cpus, double mem) {

    /** Where tasks have their directories. */
    Path sandboxes() {
        return dataDirectory.toAbsolutePath().resolve("sandboxes");
    }
}
