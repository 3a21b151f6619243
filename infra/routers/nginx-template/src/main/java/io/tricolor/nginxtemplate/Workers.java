package io.tricolor.nginxtemplate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The living workers of nginx and the releases by which they route, as the kernel shows them. Every release makes nginx
 * open a file of its own, and a worker holds the files of the configuration that it was born with until it ends; also
 * one that only finishes what it has begun, and one of an older master.
 */
final class Workers {

    private static final String TITLE = "nginx: worker process";
    private static final String DELETED = " (deleted)";

    private final Path proc;
    private final Path releases;

    Workers(Path proc, Path releases) {
        this.proc = proc;
        this.releases = releases;
    }

    /**
     * Names of releases by process id. Empty: no nginx routes by releases of this directory.
     *
     * @throws IOException when a worker cannot be looked into, so that nobody can say by what it routes
     */
    SortedMap<Long, String> byRelease() throws IOException {
        SortedMap<Long, String> found = new TreeMap<>();
        for (Path process : list(proc)) {
            String name = String.valueOf(process.getFileName());
            if (name.chars().allMatch(Character::isDigit) && isWorker(process)) {
                try {
                    for (Path descriptor : list(process.resolve("fd"))) {
                        String release = release(descriptor);
                        if (release != null) {
                            found.put(Long.valueOf(name), release);
                        }
                    }
                } catch (NoSuchFileException e) {
                    // It has ended since.
                } catch (IOException e) {
                    if (isWorker(process)) {
                        throw new IOException(
                                "the files of nginx worker " + name + " cannot be seen; run as root or as its user", e);
                    }
                }
            }
        }
        return found;
    }

    private boolean isWorker(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8).startsWith(TITLE);
        } catch (IOException e) {
            return false;
        }
    }

    private @Nullable String release(Path descriptor) throws AccessDeniedException {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            if (target.endsWith(DELETED)) {
                target = target.substring(0, target.length() - DELETED.length());
            }
            Path file = Path.of(target);
            Path directory = file.getParent();
            return directory != null && releases.equals(directory.getParent())
                    ? String.valueOf(directory.getFileName())
                    : null;
        } catch (AccessDeniedException e) {
            throw e;
        } catch (IOException e) {
            return null; // closed since
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
