package io.tricolor.marathon.task;

import io.tricolor.marathon.app.AppDefinition.Fetch;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/** The directory of one task: fetched files, {@code stdout}, {@code stderr}. */
public record Sandbox(Path directory) {

    private static final Duration FETCH_TIMEOUT = Duration.ofMinutes(5);

    /** Makes the directory and fetches files into it. Blocks; throws {@link IOException} with a text for people. */
    public void prepare(Iterable<Fetch> fetches, HttpClient http) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        for (Fetch fetch : fetches) {
            URI uri = URI.create(fetch.uri());
            String name = fetch.outputFile() != null ? fetch.outputFile() : lastSegment(uri);
            Path target = directory.resolve(name).normalize();
            if (name.isEmpty() || !target.startsWith(directory) || target.equals(directory)) {
                throw new IOException("cannot tell the name of the file to fetch from " + uri);
            }
            Files.createDirectories(target.getParent() == null ? directory : target.getParent());
            if ("file".equals(uri.getScheme())) {
                copy(Path.of(uri.getPath()), target);
            } else {
                download(uri, target, http);
            }
            if (fetch.executable()) {
                Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(target));
                permissions.add(PosixFilePermission.OWNER_EXECUTE);
                Files.setPosixFilePermissions(target, permissions);
            }
        }
    }

    /** Where a stream of the task is written. */
    public Path log(String stream) {
        return directory.resolve(stream);
    }

    /**
     * Keeps both logs below a size: what is there goes to {@code <name>.1}, and the file is cut to nothing under the
     * running process, which appends. Lines written in between are lost.
     */
    public void limitLogs(long maxBytes) throws IOException {
        for (String stream : new String[] {"stdout", "stderr"}) {
            Path log = log(stream);
            if (Files.exists(log) && Files.size(log) > maxBytes) {
                Files.copy(log, log(stream + ".1"), StandardCopyOption.REPLACE_EXISTING);
                FileChannel.open(log, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        }
    }

    /** Removes the directory with all that is in it; does not follow links. */
    public void delete() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void copy(Path source, Path target) throws IOException {
        if (!Files.isRegularFile(source)) {
            throw new IOException("there is no file to fetch at " + source);
        }
        Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void download(URI uri, Path target, HttpClient http) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(FETCH_TIMEOUT).build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException(uri + " answered " + response.statusCode());
            }
            Files.copy(body, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String lastSegment(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
