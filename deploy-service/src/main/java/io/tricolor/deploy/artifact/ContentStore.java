package io.tricolor.deploy.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Content by the SHA-256 of it. A file is there whole and right, or not at all: it is written beside, compared, flushed
 * and moved. What of a file was had before a break stays beside, to be gone on with. Thread-safe for different content.
 */
final class ContentStore {

    private static final String HASH = "[0-9a-f]{64}";

    private final Path content;
    private final Path partial;

    ContentStore(Path directory) {
        content = directory.resolve("sha256");
        partial = directory.resolve("partial");
    }

    /**
     * One piece of content.
     *
     * @param usedAt when it was asked for last
     */
    record Entry(String sha256, long bytes, Instant usedAt) {}

    /** The file with this content. Marks it as used. */
    Optional<Path> find(String sha256) throws IOException {
        if (!sha256.matches(HASH)) {
            return Optional.empty();
        }
        Path file = path(sha256);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return Optional.of(file);
    }

    /** Where content of this hash is written to before it is compared. */
    Path partial(String sha256) throws IOException {
        Files.createDirectories(partial);
        return partial.resolve(sha256);
    }

    /**
     * Takes what was written beside, when it has this hash; else it is removed.
     *
     * @return whether it had
     */
    boolean keep(String sha256) throws IOException {
        Path written = partial(sha256);
        if (!hash(written).equals(sha256)) {
            Files.deleteIfExists(written);
            return false;
        }
        try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Path target = path(sha256);
        Files.createDirectories(content.resolve(sha256.substring(0, 2)));
        try {
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the store of artifacts spans several file systems", e);
        }
        return true;
    }

    /** All content, the one that was used last first. */
    List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (!Files.isDirectory(content)) {
            return entries;
        }
        try (Stream<Path> files = Files.walk(content, 2)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.matches(HASH)) {
                    // Zero and the epoch when it was evicted meanwhile.
                    entries.add(new Entry(
                            name,
                            file.toFile().length(),
                            Instant.ofEpochMilli(file.toFile().lastModified())));
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::usedAt).reversed());
        return entries;
    }

    /**
     * Removes what nobody names, what was used longest ago first, until the rest of what nobody names is within a
     * size.
     *
     * @param named hashes that stay
     * @return hashes that were removed
     */
    List<String> evict(Set<String> named, long maxBytes) throws IOException {
        List<String> removed = new ArrayList<>();
        long kept = 0;
        for (Entry entry : entries()) {
            if (named.contains(entry.sha256())) {
                continue;
            }
            kept += entry.bytes();
            if (kept > maxBytes) {
                Files.deleteIfExists(path(entry.sha256()));
                removed.add(entry.sha256());
            }
        }
        return removed;
    }

    /** Removes what was begun before that time and never ended. */
    void forgetPartial(Instant before) throws IOException {
        if (!Files.isDirectory(partial)) {
            return;
        }
        try (Stream<Path> files = Files.list(partial)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private Path path(String sha256) {
        return content.resolve(sha256.substring(0, 2)).resolve(sha256);
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
}
