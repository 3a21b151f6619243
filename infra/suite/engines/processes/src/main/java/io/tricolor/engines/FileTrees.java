package io.tricolor.engines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Whole directories. */
public final class FileTrees {

    private FileTrees() {}

    /** Removes the directory and all that is in it; links are removed, not followed. */
    public static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        for (Path path : list(root).stream().sorted(Comparator.reverseOrder()).toList()) {
            Files.deleteIfExists(path);
        }
    }

    /** The directory and all that is in it. */
    static List<Path> list(Path root) throws IOException {
        try (var paths = Files.walk(root)) {
            return paths.toList();
        }
    }
}
