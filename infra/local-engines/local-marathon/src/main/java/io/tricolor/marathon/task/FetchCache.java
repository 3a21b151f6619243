package io.tricolor.marathon.task;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/** What was downloaded for tasks that allow it, by its URI; the last uses of it decide what is kept. Thread-safe. */
public final class FetchCache {

    private final Path directory;
    private final long maxBytes;
    private final ConcurrentMap<String, Object> locks = new ConcurrentHashMap<>();

    /** In a directory that need not exist. */
    public FetchCache(Path directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    /** Writes all content of a URI to a file. */
    @FunctionalInterface
    interface Download {
        void to(Path target) throws IOException, InterruptedException;
    }

    /** Copies the content of a URI to a file; downloads it when it is not here. */
    void copy(String uri, Path target, Download download) throws IOException, InterruptedException {
        String name = name(uri);
        Object lock = locks.computeIfAbsent(name, any -> new Object());
        synchronized (lock) {
            Path kept = directory.resolve(name);
            if (!Files.isRegularFile(kept)) {
                Files.createDirectories(directory);
                Path partial = directory.resolve(name + ".partial");
                download.to(partial);
                Files.move(partial, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.setLastModifiedTime(kept, FileTime.from(Instant.now()));
            Files.copy(kept, target, StandardCopyOption.REPLACE_EXISTING);
        }
        evict();
    }

    /** What was used longest ago goes first. A copy that is being made of it goes on. */
    private void evict() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(file -> !file.toString().endsWith(".partial"))
                    .sorted(Comparator.comparingLong(
                                    (Path file) -> file.toFile().lastModified())
                            .reversed())
                    .toList();
        }
        long size = 0;
        for (Path file : files) {
            size += file.toFile().length(); // 0 when another task's turn has removed it
            if (size > maxBytes) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String name(String uri) {
        return HexFormat.of().formatHex(Sandbox.sha256().digest(uri.getBytes(StandardCharsets.UTF_8)));
    }
}
