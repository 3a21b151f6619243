package io.tricolor.strategy.idlist;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the content of a list from ids in any order: sorted, each once. Sorts runs of {@value #RUN} ids in memory and merges them
 * from a temporary file, so that ten million ids need about 4 MB of heap and, for a while, twice their size on disk. Blocking, for one
 * thread.
 */
final class IdSorter implements AutoCloseable {

    /** Ids that are sorted in memory at once. */
    static final int RUN = 1 << 18;

    private static final int FIRST_CAPACITY = 1 << 12;
    private static final int BUFFER_BYTES = 1 << 15;

    private final List<FileChannel> files = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private long[] ids = new long[FIRST_CAPACITY];
    private int count;
    private long added;

    /**
     * The content of a list in a temporary file, which goes when the sorter is closed.
     *
     * @param name of the list
     */
    record Sorted(IdList name, FileChannel content) {

        /** Bytes from {@code position} on, at most {@code most}. */
        byte[] read(long position, int most) throws IOException {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(most, name.bytes() - position));
            while (piece.hasRemaining()) {
                if (content.read(piece, position + piece.position()) < 0) {
                    throw new IOException("the temporary file of an id list was cut off");
                }
            }
            return piece.array();
        }
    }

    /** Takes one more id; PAYLOAD_TOO_LARGE beyond the longest list there may be. */
    void add(long id) throws IOException {
        if (added == IdList.MAX_COUNT) {
            throw new Rejected(Code.PAYLOAD_TOO_LARGE, "a list has at most " + IdList.MAX_COUNT + " ids");
        }
        added++;
        if (count == RUN) {
            spill();
        } else if (count == ids.length) {
            ids = Arrays.copyOf(ids, Math.min(RUN, 2 * count));
        }
        ids[count++] = id;
    }

    private void spill() throws IOException {
        if (files.isEmpty()) {
            files.add(temporary());
        }
        Arrays.sort(ids, 0, count);
        FileChannel file = files.getFirst();
        long start = file.position();
        Output output = new Output(file, null);
        for (int i = 0; i < count; i++) {
            output.write(ids[i]);
        }
        output.flush();
        runs.add(new Run(file, start, file.position()));
        count = 0;
    }

    /** The list of all that was added; INVALID_ARGUMENT when that is nothing. To be called once. */
    Sorted sorted() throws IOException {
        if (added == 0) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the list has no id");
        }
        FileChannel file = temporary();
        files.add(file);
        MessageDigest digest = sha256();
        Output output = new Output(file, digest);
        if (runs.isEmpty()) {
            Arrays.sort(ids, 0, count);
            for (int i = 0; i < count; i++) {
                output.writeUnlessLast(ids[i]);
            }
        } else {
            spill();
            ids = new long[0];
            merge(output);
        }
        output.flush();
        return new Sorted(new IdList(HexFormat.of().formatHex(digest.digest()), Math.toIntExact(output.written)), file);
    }

    private void merge(Output output) throws IOException {
        PriorityQueue<Run> heads = new PriorityQueue<>(Comparator.comparingLong(run -> run.head));
        for (Run run : runs) {
            if (run.next()) {
                heads.add(run);
            }
        }
        while (!heads.isEmpty()) {
            Run lowest = heads.remove();
            long bound = heads.isEmpty() ? Long.MAX_VALUE : heads.element().head;
            boolean more;
            do {
                output.writeUnlessLast(lowest.head);
                more = lowest.next();
            } while (more && lowest.head <= bound);
            if (more) {
                heads.add(lowest);
            }
        }
    }

    private static FileChannel temporary() throws IOException {
        Path file = Files.createTempFile("tricolor-id-list-", ".tmp");
        return FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files) {
            file.close();
        }
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A sorted part of the temporary file, read from its begin. */
    private static final class Run {

        private final FileChannel file;
        private long position;
        private final long end;
        private ByteBuffer buffer = ByteBuffer.allocate(0);
        private long head;

        Run(FileChannel file, long start, long end) {
            this.file = file;
            this.position = start;
            this.end = end;
        }

        /** Goes to the next id; whether there is one. */
        boolean next() throws IOException {
            if (!buffer.hasRemaining()) {
                if (position == end) {
                    return false;
                }
                buffer = buffer.capacity() == 0 ? buffer() : buffer.clear();
                buffer.limit((int) Math.min(buffer.capacity(), end - position));
                while (buffer.hasRemaining()) {
                    int read = file.read(buffer, position);
                    if (read < 0) {
                        throw new IOException("the temporary file of an id list was cut off");
                    }
                    position += read;
                }
                buffer.flip();
            }
            head = buffer.getLong();
            return true;
        }
    }

    /** Writes ids to the end of a file. */
    private static final class Output {

        private final FileChannel file;
        private final @Nullable MessageDigest digest;
        private final ByteBuffer buffer = buffer();
        private long last;
        private long written;

        Output(FileChannel file, @Nullable MessageDigest digest) {
            this.file = file;
            this.digest = digest;
        }

        void writeUnlessLast(long id) throws IOException {
            if (written == 0 || id != last) {
                write(id);
            }
        }

        void write(long id) throws IOException {
            if (!buffer.hasRemaining()) {
                flush();
            }
            buffer.putLong(id);
            last = id;
            written++;
        }

        void flush() throws IOException {
            buffer.flip();
            if (digest != null) {
                digest.update(buffer.duplicate());
            }
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
            buffer.clear();
        }
    }
}
