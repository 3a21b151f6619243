package io.tricolor.consul;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * The file behind the state: one line a transaction, {@code <crc32> <JSON array of changes>}, synced before it counts.
 * A last line that is incomplete was never acknowledged and is cut off; a broken line in front of others is damage, and
 * opening fails. For use by one thread.
 */
final class ChangeLog implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ChangeLog.class.getName());
    private static final String FORMAT = "tricolor-local-consul 1\n";
    private static final int CRC_DIGITS = 8;

    private final Path dir;
    private final Path file;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private final ObjectWriter writer;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private FileChannel channel;
    private long size;
    private long sizeAfterCompaction;

    private ChangeLog(
            Path dir, Path file, FileChannel lockChannel, FileLock lock, ObjectWriter writer, FileChannel channel)
            throws IOException {
        this.dir = dir;
        this.file = file;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.writer = writer;
        this.channel = channel;
        this.size = channel.size();
        this.sizeAfterCompaction = size;
    }

    /**
     * Opens or creates the log in {@code dir} and hands every stored transaction to {@code replay} in order.
     *
     * @throws IOException when the directory is in use by another process, or the log is damaged
     */
    static ChangeLog open(Path dir, Consumer<List<Change>> replay) throws IOException {
        Files.createDirectories(dir);
        FileChannel lockChannel = FileChannel.open(
                dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        FileLock lock = tryLock(lockChannel);
        if (lock == null) {
            lockChannel.close();
            throw new IOException("the data directory is in use by another local-consul: " + dir);
        }
        boolean opened = false;
        try {
            JsonMapper mapper = JsonMapper.builder().build();
            TypeReference<List<Change>> type = new TypeReference<>() {};
            Path file = dir.resolve("state.log");
            Files.deleteIfExists(compactionFile(file));
            if (Files.notExists(file)) {
                Files.writeString(file, FORMAT);
                syncDirectory(dir);
            }
            long good = read(file, mapper.readerFor(type), replay);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            if (channel.size() > good) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "cut off {0} bytes of an unfinished write at the end of {1}",
                        channel.size() - good,
                        file);
                channel.truncate(good);
                channel.force(true);
            }
            channel.position(good);
            ChangeLog log = new ChangeLog(dir, file, lockChannel, lock, mapper.writerFor(type), channel);
            opened = true;
            return log;
        } finally {
            if (!opened) {
                lock.release();
                lockChannel.close();
            }
        }
    }

    /** Adds a transaction; it is on disk after {@link #sync}. */
    void append(List<Change> transaction) {
        pending.writeBytes(line(transaction));
    }

    /** Puts what was added on disk. After an exception nothing is known about it, and the process must not go on. */
    void sync() throws IOException {
        if (pending.size() > 0) {
            writeFully(channel, pending.toByteArray());
            size += pending.size();
            pending.reset();
            channel.force(false);
        }
    }

    /** Whether the log is larger than {@code bytes} and has at least doubled since it was last compacted. */
    boolean isWorthCompacting(long bytes) {
        return size > bytes && size > 2 * sizeAfterCompaction;
    }

    /** Replaces the log by {@code dump}; an interruption at any point leaves either the old or the new log. */
    void compact(List<Change> dump) throws IOException {
        Path next = compactionFile(file);
        FileChannel compacted = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        writeFully(compacted, FORMAT.getBytes(StandardCharsets.US_ASCII));
        writeFully(compacted, line(dump));
        compacted.force(true);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(dir);
        channel.close();
        channel = compacted;
        size = compacted.position();
        sizeAfterCompaction = size;
    }

    /** Bytes on disk. */
    long size() {
        return size;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        lock.release();
        lockChannel.close();
    }

    private byte[] line(List<Change> transaction) {
        byte[] json = writer.writeValueAsBytes(transaction);
        ByteBuffer line = ByteBuffer.allocate(CRC_DIGITS + json.length + 2);
        line.put(crc(json).getBytes(StandardCharsets.US_ASCII))
                .put((byte) ' ')
                .put(json)
                .put((byte) '\n');
        return line.array();
    }

    /** Replays the file and returns how much of it is good. */
    private static long read(Path file, ObjectReader reader, Consumer<List<Change>> replay) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        byte[] format = FORMAT.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length < format.length || !FORMAT.equals(ascii(bytes, 0, format.length))) {
            throw new IOException("not a log of this version: " + file);
        }
        int start = format.length;
        while (start < bytes.length) {
            int end = indexOfNewline(bytes, start);
            List<Change> transaction = end < 0 ? null : parse(bytes, start, end, reader);
            if (transaction == null) {
                if (end >= 0 && end + 1 < bytes.length) {
                    throw new IOException("the log is damaged at byte " + start + ": " + file);
                }
                return start;
            }
            replay.accept(transaction);
            start = end + 1;
        }
        return start;
    }

    private static @Nullable List<Change> parse(byte[] bytes, int start, int end, ObjectReader reader) {
        int json = start + CRC_DIGITS + 1;
        if (json > end) {
            return null;
        }
        byte[] content = Arrays.copyOfRange(bytes, json, end);
        if (!ascii(bytes, start, json).equals(crc(content) + " ")) {
            return null;
        }
        try {
            return reader.readValue(content);
        } catch (JacksonException e) {
            throw new IllegalStateException(
                    "the log holds what this version does not know: " + e.getOriginalMessage(), e);
        }
    }

    private static int indexOfNewline(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static String ascii(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.US_ASCII);
    }

    private static String crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static Path compactionFile(Path file) {
        return file.resolveSibling("state.log.new");
    }

    private static void syncDirectory(Path dir) throws IOException {
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
