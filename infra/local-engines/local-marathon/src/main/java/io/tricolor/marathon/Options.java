package io.tricolor.marathon;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param port of the API, on loopback; 0 picks a free one
 * @param minTaskPort first host port for tasks
 * @param maxTaskPort last host port for tasks
 * @param maxLogBytes of each task's {@code stdout} and {@code stderr}
 * @param cpus that tasks may ask for together; 0: no limit
 * @param mem in MiB, that tasks may ask for together; 0: no limit
 * @param cgroup that tasks are limited below; null: they are not
 * @param docker command line of the engine that runs images
 * @param stopAll end every task of the data directory, then end
 */
record Options(
        int port,
        Path dataDirectory,
        int minTaskPort,
        int maxTaskPort,
        long maxLogBytes,
        long cpus,
        long mem,
        @Nullable Path cgroup,
        String docker,
        boolean stopAll) {

    static final String HELP = """
            local-marathon: the Marathon v2 API for this one machine; runs apps as processes of the current user.

              --data-dir=<directory>    state and sandboxes (required)
              --port=<port>             of the API, on 127.0.0.1 (default 8410; 0 picks a free one)
              --task-ports=<min>-<max>  host ports for tasks (default 8500-8799)
              --log-max-bytes=<bytes>   size of a task's stdout and stderr; one older file is kept (default 8388608)
              --task-cpus=<number>      cpus that tasks may ask for together (default 0: no limit)
              --task-mem=<MiB>          memory that tasks may ask for together (default 0: no limit)
              --cgroup=<directory>      of version 2, writable: tasks get no more cpus and memory than they ask for
                                        (default: none, they are not limited)
              --docker=<program>        command line of the container engine (default docker)
              --stop-all                end all tasks of the data directory, and the engine if it runs, then end
              --help                    this text

            Tasks outlive the engine. A new engine on the same data directory takes them over.
            """;

    private static final Set<String> KNOWN = Set.of(
            "data-dir", "port", "task-ports", "log-max-bytes", "task-cpus", "task-mem", "cgroup", "docker", "stop-all");

    /** Throws {@link IllegalArgumentException} that names the option which is missing or wrong. */
    static Options parse(List<String> args) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            String name = arg.replaceFirst("^--", "").replaceFirst("=.*", "");
            if (!arg.startsWith("--") || !KNOWN.contains(name)) {
                throw new IllegalArgumentException("unknown option '" + arg + "'");
            }
            if (name.equals("stop-all")) {
                values.put(name, "true");
            } else if (arg.contains("=")) {
                values.put(name, arg.substring(arg.indexOf('=') + 1));
            } else if (i + 1 < args.size()) {
                values.put(name, args.get(++i));
            } else {
                throw new IllegalArgumentException("option --" + name + " needs a value");
            }
        }
        String directory = values.get("data-dir");
        if (directory == null || directory.isBlank()) {
            throw new IllegalArgumentException("option --data-dir is required");
        }
        String[] range = values.getOrDefault("task-ports", "8500-8799").split("-", -1);
        if (range.length != 2) {
            throw new IllegalArgumentException("option --task-ports must be <min>-<max>");
        }
        int min = (int) number("task-ports", range[0], 1, 65535);
        return new Options(
                (int) number("port", values.getOrDefault("port", "8410"), 0, 65535),
                Path.of(directory),
                min,
                (int) number("task-ports", range[1], min, 65535),
                number("log-max-bytes", values.getOrDefault("log-max-bytes", "8388608"), 1024, Long.MAX_VALUE),
                number("task-cpus", values.getOrDefault("task-cpus", "0"), 0, 1_000_000),
                number("task-mem", values.getOrDefault("task-mem", "0"), 0, 1_000_000_000),
                values.containsKey("cgroup") ? Path.of(values.get("cgroup")) : null,
                values.getOrDefault("docker", "docker"),
                values.containsKey("stop-all"));
    }

    private static long number(String name, String text, long min, long max) {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("option --" + name + " must be a whole number, not '" + text + "'", e);
        }
        throw new IllegalArgumentException("option --" + name + " must be between " + min + " and " + max);
    }
}
