package io.tricolor.marathon.task;

import io.tricolor.marathon.app.AppDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Limits of tasks by cgroup v2: each has a group of its own below a directory that this user may write to, with the
 * processors and the memory that its app asks for.
 *
 * @param directory null: tasks are not limited
 */
public record Cgroups(@Nullable Path directory) {

    private static final long PERIOD_MICROS = 100_000;
    private static final double MIB = 1 << 20;

    /** A shell enters the group, then becomes the program: all that the program starts is in the group. */
    private static final String ENTER = "echo 0 > \"$0\" && exec \"$@\"";

    /**
     * Prepares the directory.
     *
     * @throws IOException when it is no cgroup that can be written to, or has no controllers for both
     */
    public static Cgroups below(@Nullable Path directory) throws IOException {
        if (directory == null) {
            return new Cgroups(null);
        }
        Path controllers = directory.resolve("cgroup.controllers");
        if (!Files.isReadable(controllers)) {
            throw new IOException(directory + " is no cgroup of version 2");
        }
        List<String> there = List.of(Files.readString(controllers).strip().split(" +", -1));
        if (!there.containsAll(List.of("cpu", "memory"))) {
            throw new IOException(directory + " has the controllers " + there + ", not cpu and memory");
        }
        Files.writeString(directory.resolve("cgroup.subtree_control"), "+cpu +memory");
        return new Cgroups(directory);
    }

    /** Whether tasks are limited. */
    public boolean limits() {
        return directory != null;
    }

    /** Words to put before the command of a task; none when it is not limited. */
    List<String> enter(String taskId, AppDefinition app) throws IOException {
        if (directory == null) {
            return List.of();
        }
        Path group = Files.createDirectories(directory.resolve(taskId));
        long quota = Math.max(1_000, Math.round(app.cpus() * PERIOD_MICROS));
        Files.writeString(group.resolve("cpu.max"), quota + " " + PERIOD_MICROS);
        Files.writeString(group.resolve("memory.max"), Long.toString(Math.round(app.mem() * MIB)));
        return List.of("/bin/sh", "-c", ENTER, group.resolve("cgroup.procs").toString());
    }

    /** Takes the group of a task away whose processes have ended. */
    public void leave(String taskId) throws IOException {
        if (directory != null) {
            Files.deleteIfExists(directory.resolve(taskId));
        }
    }
}
