package io.tricolor.marathon.task;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A process that is still recognised when its number is used again: number and time of start. On Linux the time is that
 * of {@code /proc/<pid>/stat}, which a change of the wall clock does not move; elsewhere that of {@link ProcessHandle}.
 */
public record ProcessIdentity(long pid, String startToken) {

    private static final Path PROC = Path.of("/proc");

    /** The identity of a running process; empty when there is none with that number, or only its remains. */
    public static Optional<ProcessIdentity> of(long pid) {
        if (Files.isDirectory(PROC.resolve("self"))) {
            return readStat(pid);
        }
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(handle -> handle.info().startInstant())
                .map(start -> new ProcessIdentity(pid, Long.toString(start.toEpochMilli())));
    }

    /** Whether it runs. A process that has ended and was not yet collected by its parent does not. */
    public boolean isAlive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /**
     * Numbers of all processes that were started with {@code NAME=value} in their environment, oldest first. Linux
     * only, else empty.
     */
    public static List<ProcessIdentity> withEnvironment(String assignment) {
        List<ProcessIdentity> found = new ArrayList<>();
        if (!Files.isDirectory(PROC.resolve("self"))) {
            return found;
        }
        byte[] wanted = ("\0" + assignment + "\0").getBytes(StandardCharsets.UTF_8);
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (contains(environment(process), wanted)) {
                    of(Long.parseLong(process.getFileName().toString())).ifPresent(found::add);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the list of processes cannot be read", e);
        }
        found.sort(Comparator.comparingLong((ProcessIdentity p) -> Long.parseLong(p.startToken()))
                .thenComparingLong(ProcessIdentity::pid));
        return found;
    }

    private static byte[] environment(Path process) {
        try {
            byte[] environment = Files.readAllBytes(process.resolve("environ"));
            byte[] framed = new byte[environment.length + 2];
            System.arraycopy(environment, 0, framed, 1, environment.length);
            return framed;
        } catch (IOException e) {
            return new byte[0]; // ended meanwhile, or somebody else's
        }
    }

    private static boolean contains(byte[] text, byte[] wanted) {
        for (int i = 0; i + wanted.length <= text.length; i++) {
            if (Arrays.equals(text, i, i + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    private static Optional<ProcessIdentity> readStat(long pid) {
        try {
            String stat =
                    Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
            // "pid (name) state ppid …"; the name may hold anything, also spaces and brackets
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean ended = fields[0].equals("Z") || fields[0].equals("X");
            return ended ? Optional.empty() : Optional.of(new ProcessIdentity(pid, fields[19]));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
