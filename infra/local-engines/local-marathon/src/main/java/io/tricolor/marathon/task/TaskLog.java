package io.tricolor.marathon.task;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * What a task wrote to one of its two streams: the present file, and one older one. Positions count bytes from the
 * start of the task and go on rising when the file is turned over, so a reader can go on where it was.
 */
public final class TaskLog {

    /** Turning over and reading exclude each other. Few, since they are held for a moment only. */
    private static final Object[] LOCKS = new Object[16];

    static {
        for (int i = 0; i < LOCKS.length; i++) {
            LOCKS[i] = new Object();
        }
    }

    private static final int BLOCK = 64 << 10;

    private final Path present;
    private final Path older;
    private final Path cut;
    private final Object lock;

    /** Of the stream {@code stdout} or {@code stderr} in this sandbox; neither need be there. */
    TaskLog(Path directory, String stream) {
        present = directory.resolve(stream);
        older = directory.resolve(stream + ".1");
        cut = directory.resolve("." + stream + ".cut");
        lock = LOCKS[Math.floorMod(present.hashCode(), LOCKS.length)];
    }

    /**
     * Some bytes of the log.
     *
     * @param from position of the first one
     * @param content empty at the end of what was written so far
     */
    @SuppressWarnings("ArrayRecordComponent") // of use for a moment, never compared
    public record Piece(long from, byte[] content) {

        /** Position of the byte behind the last one. */
        public long next() {
            return from + content.length;
        }
    }

    /** The file that the process appends to. */
    public Path file() {
        return present;
    }

    /** Whether there is anything to read from; an empty log is one. */
    public boolean exists() {
        return Files.exists(present);
    }

    /**
     * Reads on from a position. What is no longer kept is passed over: the piece then begins at the oldest byte that
     * is.
     *
     * @throws NoSuchFileException when there is no such log
     */
    public Piece read(long position, int maxBytes) throws IOException {
        synchronized (lock) {
            long base = base();
            long start = Math.max(Math.max(0, position), oldest(base));
            Path file = start < base ? older : present;
            long fileStart = start < base ? base - Files.size(older) : base;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, NOFOLLOW_LINKS)) {
                long offset = Math.min(start - fileStart, channel.size());
                int length = (int) Math.min(maxBytes, channel.size() - offset);
                return new Piece(fileStart + offset, bytes(channel, offset, length));
            }
        }
    }

    /**
     * The position at which the last lines begin.
     *
     * @param maxBytes however long the lines are, not further from the end
     * @throws NoSuchFileException when there is no such log
     */
    public long lastLines(int lines, int maxBytes) throws IOException {
        synchronized (lock) {
            long base = base();
            long end = base + Files.size(present);
            long first = Math.max(oldest(base), end - maxBytes);
            long position = end;
            int seen = 0;
            while (position > first) {
                long start = Math.max(first, position - BLOCK);
                if (start < base && position > base) {
                    start = base;
                }
                byte[] block = read(start, (int) (position - start)).content();
                for (int i = block.length - 1; i >= 0; i--) {
                    // The line feed at the very end belongs to the last line.
                    if (block[i] == '\n' && start + i + 1 < end && ++seen == lines) {
                        return start + i + 1;
                    }
                }
                position = start;
            }
            return first;
        }
    }

    /**
     * Keeps the file below a size: what is there becomes the older file, and the file is cut to nothing under the
     * running process, which appends. What is written between the last byte that was copied and the cut is lost.
     */
    void limit(long maxBytes) throws IOException {
        synchronized (lock) {
            if (!Files.exists(present) || Files.size(present) <= maxBytes) {
                return;
            }
            long base = base();
            try (FileChannel from = FileChannel.open(
                            present, StandardOpenOption.READ, StandardOpenOption.WRITE, NOFOLLOW_LINKS);
                    FileChannel to = FileChannel.open(
                            older,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            NOFOLLOW_LINKS)) {
                long copied = 0;
                long most = from.size() + maxBytes; // a process that writes faster than this copies is not waited for
                for (long end = from.size(); copied < end; end = Math.min(most, from.size())) {
                    copied += from.transferTo(copied, end - copied, to);
                }
                writeBase(base + copied);
                from.truncate(0);
            }
        }
    }

    private long oldest(long base) throws IOException {
        return base == 0 || !Files.exists(older) ? base : Math.max(0, base - Files.size(older));
    }

    /** How much was cut off before the first byte of the present file. */
    private long base() throws IOException {
        try {
            return Long.parseLong(
                    Files.readString(cut, StandardCharsets.US_ASCII).strip());
        } catch (NoSuchFileException | NumberFormatException e) {
            return 0;
        }
    }

    private void writeBase(long base) throws IOException {
        Path partial = cut.resolveSibling(cut.getFileName() + ".partial");
        Files.writeString(partial, Long.toString(base), StandardCharsets.US_ASCII);
        Files.move(partial, cut, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] bytes(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.max(0, length));
        long at = offset;
        for (int n = channel.read(buffer, at); n > 0; n = channel.read(buffer, at)) {
            at += n;
        }
        byte[] read = new byte[buffer.position()];
        buffer.flip().get(read);
        return read;
    }
}
