package io.tricolor.nginxtemplate;

import io.tricolor.router.sources.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Where configurations are written. {@code releases/<name>} holds one each, complete and durable before
 * {@code current}, a symbolic link, names it. {@code tables} holds the newest accepted table of every group, also one
 * that has ended it. For one process at a time.
 */
final class OutputDirectory {

    private static final int RELEASES_KEPT = 8;

    private final Path home;
    private final Path releases;
    private final Path tables;

    OutputDirectory(Path home) throws IOException {
        this.home = home.toAbsolutePath().normalize();
        if (!this.home.toString().matches("[A-Za-z0-9._/+@-]+")) {
            throw new IOException(
                    "the output directory may have letters, digits and ._/+@- in its path, not '" + this.home + "'");
        }
        releases = this.home.resolve("releases");
        tables = this.home.resolve("tables");
        Files.createDirectories(releases);
        Files.createDirectories(tables);
        Files.createDirectories(this.home.resolve("tmp"));
    }

    Path home() {
        return home;
    }

    Path release(String name) {
        return releases.resolve(name);
    }

    Path mainConfiguration(String name) {
        return release(name).resolve("nginx.conf");
    }

    Path currentMainConfiguration() {
        return home.resolve("current").resolve("nginx.conf");
    }

    /** Name of the release that is in force; null before the first. */
    @Nullable
    String current() throws IOException {
        try {
            return String.valueOf(
                    Files.readSymbolicLink(home.resolve("current")).getFileName());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Writes a release; not yet in force. Writing one that is there again gives the same files. */
    void write(Release release, List<String> listen) throws IOException {
        Path directory = release(release.name());
        Files.createDirectories(directory);
        write(directory.resolve("http.conf"), release.http() + ServerConf.marker(directory.resolve("in-use.log")));
        write(directory.resolve("server.conf"), ServerConf.LOCATION);
        write(directory.resolve("nginx.conf"), ServerConf.main(directory, home, listen));
        write(directory.resolve("content.json"), Json.STRICT.writeValueAsString(release.content()));
        Files.setLastModifiedTime(directory, FileTime.from(Instant.now()));
        sync(directory);
        sync(releases);
    }

    /** Puts a release in force; null takes the link away. */
    void use(@Nullable String name) throws IOException {
        Path link = home.resolve("current");
        if (name == null) {
            Files.deleteIfExists(link);
        } else {
            Path next = home.resolve("current.next");
            Files.deleteIfExists(next);
            Files.createSymbolicLink(next, Path.of("releases", name));
            Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        sync(home);
    }

    /** What workers that run the release can do; null when it is not known any more. */
    Release.@Nullable Content content(String name) throws IOException {
        try {
            return Json.STRICT.readValue(
                    Files.readString(release(name).resolve("content.json")), Release.Content.class);
        } catch (NoSuchFileException | JacksonException e) {
            return null;
        }
    }

    /** The release that was in force at the last reload that went well. */
    @Nullable
    String reloaded() throws IOException {
        try {
            return Files.readString(home.resolve("reloaded")).strip();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    void setReloaded(String name) throws IOException {
        write(home.resolve("reloaded"), name + "\n");
    }

    /** Deletes old releases but the ones named and the newest few. */
    void tidy(Set<String> needed) throws IOException {
        List<Path> old;
        try (Stream<Path> all = Files.list(releases)) {
            old = all.sorted(Comparator.comparing(OutputDirectory::modified).reversed())
                    .skip(RELEASES_KEPT)
                    .filter(path -> !needed.contains(String.valueOf(path.getFileName())))
                    .toList();
        }
        for (Path directory : old) {
            delete(directory);
        }
    }

    void delete(Path release) throws IOException {
        try (Stream<Path> files = Files.list(release)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(release);
    }

    private static FileTime modified(Path path) {
        try {
            return Files.getLastModifiedTime(path);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    /** Accepted tables by group, as documents. */
    SortedMap<String, String> tables() throws IOException {
        SortedMap<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(tables)) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(".json")) {
                    found.put(name.substring(0, name.length() - ".json".length()), Files.readString(file));
                }
            }
        }
        return found;
    }

    void keepTable(String group, String json) throws IOException {
        write(tables.resolve(group + ".json"), json);
        sync(tables);
    }

    private static void write(Path file, String text) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
