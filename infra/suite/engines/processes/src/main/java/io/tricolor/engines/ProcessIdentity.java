package io.tricolor.engines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A process that can be told from a later one with the same pid. {@code start} is opaque: on Linux the start time in
 * clock ticks since boot (exact, unlike wall-clock time derived from it), elsewhere milliseconds.
 */
public record ProcessIdentity(long pid, String start) {

    /** Identity of a process that is running now; empty when there is none with this pid. */
    public static Optional<ProcessIdentity> of(long pid) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(handle -> start(handle).map(start -> new ProcessIdentity(pid, start)));
    }

    /** The process, if it still runs and is the same one. */
    public Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> start(handle).filter(start::equals).isPresent());
    }

    /** Writes the identity in one step, so that a reader never sees half of it. */
    public void write(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.writeString(partial, pid + " " + start + "\n");
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What {@link #write} left; empty when the file is absent or not ours. */
    public static Optional<ProcessIdentity> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        List<String> words = List.of(Files.readString(file).strip().split(" ", -1));
        if (words.size() != 2 || !words.getFirst().matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        return Optional.of(new ProcessIdentity(Long.parseLong(words.getFirst()), words.getLast()));
    }

    private static Optional<String> start(ProcessHandle handle) {
        Path stat = Path.of("/proc", Long.toString(handle.pid()), "stat");
        if (Files.exists(stat)) {
            try {
                // The second field is the program's name in brackets and may hold anything; field 22 is the start time.
                String text = Files.readString(stat);
                List<String> fields = List.of(
                        text.substring(text.lastIndexOf(')') + 2).strip().split(" ", -1));
                boolean zombie = fields.getFirst().equals("Z");
                return zombie ? Optional.empty() : Optional.of(fields.get(19));
            } catch (IOException e) {
                return Optional.empty(); // gone between the two looks
            }
        }
        return handle.info().startInstant().map(Instant::toEpochMilli).map(String::valueOf);
    }
}
