package io.tricolor.standalone.suite;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies the checkout's own jars under the data directory before they are run, so that a build does not change the
 * files of a suite that is up. A copy keeps name and time; libraries from elsewhere are used where they are.
 */
final class Staging {

    private final Path home;
    private final Path directory;

    Staging(Path home, Path directory) {
        this.home = home;
        this.directory = directory;
    }

    /** The command line with its class path after {@code -cp} replaced by one of copies. */
    List<String> stage(List<String> command) {
        var staged = new ArrayList<>(command);
        int classPath = staged.indexOf("-cp") + 1;
        if (classPath > 0) {
            var entries = new ArrayList<String>();
            for (String entry : List.of(staged.get(classPath).split(File.pathSeparator, -1))) {
                entries.add(copy(Path.of(entry)).toString());
            }
            staged.set(classPath, String.join(File.pathSeparator, entries));
        }
        return staged;
    }

    /** A copy of the file if it belongs to the checkout, else the file. */
    Path copy(Path file) {
        if (!file.startsWith(home)) {
            return file;
        }
        Path target = directory.resolve(String.valueOf(file.getFileName()));
        try {
            boolean same = Files.exists(target)
                    && Files.size(target) == Files.size(file)
                    && Files.getLastModifiedTime(target).equals(Files.getLastModifiedTime(file));
            if (!same) {
                Files.createDirectories(directory);
                Path partial = Files.createTempFile(directory, "copy", ".partial");
                Files.copy(file, partial, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            return target;
        } catch (IOException e) {
            throw new SuiteFailed("cannot copy " + file + " to " + directory + ": " + e.getMessage(), e);
        }
    }
}
