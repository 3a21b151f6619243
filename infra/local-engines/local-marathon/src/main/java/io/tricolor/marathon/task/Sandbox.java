package io.tricolor.marathon.task;

import io.tricolor.marathon.app.AppDefinition.Fetch;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The directory of one task: fetched files, {@code stdout}, {@code stderr}. */
public record Sandbox(Path directory) {

    /** The two streams that are kept. */
    public static final List<String> STREAMS = List.of("stdout", "stderr");

    private static final Duration FETCH_TIMEOUT = Duration.ofMinutes(5);

    /** Makes the directory and fetches files into it. Blocks; throws {@link IOException} with a text for people. */
    public void prepare(Iterable<Fetch> fetches, HttpClient http, FetchCache cache)
            throws IOException, InterruptedException {
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
            } else if (fetch.cache()) {
                cache.copy(fetch.uri(), target, file -> download(uri, file, http));
            } else {
                download(uri, target, http);
            }
            if (fetch.sha256() != null && !hash(target).equals(fetch.sha256())) {
                Files.delete(target);
                throw new IOException("what " + uri + " has is of another sha256 than " + fetch.sha256());
            }
            if (fetch.executable()) {
                Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(target));
                permissions.add(PosixFilePermission.OWNER_EXECUTE);
                Files.setPosixFilePermissions(target, permissions);
            }
        }
    }

    /** What the task wrote to a stream. */
    public TaskLog log(String stream) {
        return new TaskLog(directory, stream);
    }

    /** Keeps both logs below a size. */
    public void limitLogs(long maxBytes) throws IOException {
        for (String stream : STREAMS) {
            log(stream).limit(maxBytes);
        }
    }

    /** Removes all but the logs. */
    public void keepLogsOnly() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(directory) && !isLog(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private boolean isLog(Path file) {
        String name = file.getFileName().toString();
        return directory.equals(file.getParent())
                && STREAMS.stream()
                        .anyMatch(stream -> name.equals(stream)
                                || name.equals(stream + ".1")
                                || name.equals("." + stream + ".cut"));
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

    private static String hash(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[64 << 10];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String lastSegment(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
