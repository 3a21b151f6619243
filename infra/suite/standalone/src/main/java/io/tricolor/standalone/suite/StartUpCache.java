package io.tricolor.standalone.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Archives of class data that let a JVM start in half the time. A JVM writes its own when it ends for the first time,
 * and anew when the JDK or the class path has changed. Writing them from outside while the JVM runs
 * ({@code jcmd VM.cds}) would keep the stop short, but makes JDK 25 crash soon afterwards.
 */
final class StartUpCache {

    private final Path directory;
    private final boolean isOff;

    /**
     * @param directory of the archives; the variable {@code TRICOLOR_ARCHIVES=off} does without, for suites that start
     *     once
     */
    StartUpCache(Path directory) {
        this.directory = directory;
        this.isOff = "off".equals(System.getenv("TRICOLOR_ARCHIVES"));
    }

    /** JVM flags that use the archive of a process, and make it when it is missing. */
    List<String> flags(String name) {
        if (isOff) {
            return List.of();
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new SuiteFailed("cannot make " + directory + ": " + e.getMessage(), e);
        }
        return List.of(
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + directory.resolve(name + ".jsa"),
                "-Xlog:cds=off",
                "-Xlog:cds+dynamic=off");
    }
}
