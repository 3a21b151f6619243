package io.tricolor.strategy.idlist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts int64. Sorts runs of {@value #RUN} in memory and merges them from a temporary file, so that ten million need
 * about 4 MB of heap and, for a while, their size on disk. Blocking, for one thread.
 */
final class SortedNumbers implements AutoCloseable {

    /** Numbers that are sorted in memory at once. */
    static final int RUN = 1 << 18;

    private static final int FIRST_CAPACITY = 1 << 12;

    private final List<Run> runs = new ArrayList<>();
    private final PriorityQueue<Run> heads = new PriorityQueue<>(Comparator.comparingLong(run -> run.head));
    private @Nullable FileChannel file;
    private long[] numbers = new long[FIRST_CAPACITY];
    private int count;
    private int given;

    void add(long number) throws IOException {
        if (count == RUN) {
            spill();
        } else if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.min(RUN, 2 * count));
        }
        numbers[count++] = number;
    }

    private void spill() throws IOException {
        FileChannel to = file;
        if (to == null) {
            to = ListFiles.temporary();
            file = to;
        }
        Arrays.sort(numbers, 0, count);
        long start = to.position();
        ByteBuffer buffer = ListFiles.buffer();
        for (int i = 0; i < count; i++) {
            if (!buffer.hasRemaining()) {
                ListFiles.flush(buffer, to);
            }
            buffer.putLong(numbers[i]);
        }
        ListFiles.flush(buffer, to);
        runs.add(new Run(to, start, to.position()));
        count = 0;
    }

    /**
     * Ends the adding; {@link #hasNext} and {@link #next} then give all of them, ascending, each as often as it was
     * added.
     */
    void sort() throws IOException {
        if (runs.isEmpty()) {
            Arrays.sort(numbers, 0, count);
            return;
        }
        spill();
        numbers = new long[0];
        for (Run run : runs) {
            if (run.next()) {
                heads.add(run);
            }
        }
    }

    boolean hasNext() {
        return given < count || !heads.isEmpty();
    }

    long next() throws IOException {
        if (runs.isEmpty()) {
            return numbers[given++];
        }
        Run lowest = heads.remove();
        long number = lowest.head;
        if (lowest.next()) {
            heads.add(lowest);
        }
        return number;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
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

        /** Goes to the next number; whether there is one. */
        boolean next() throws IOException {
            if (!buffer.hasRemaining()) {
                if (position == end) {
                    return false;
                }
                buffer = buffer.capacity() == 0 ? ListFiles.buffer() : buffer.clear();
                buffer.limit((int) Math.min(buffer.capacity(), end - position));
                while (buffer.hasRemaining()) {
                    int read = file.read(buffer, position);
                    if (read < 0) {
                        throw new IOException("the temporary file of a list was cut off");
                    }
                    position += read;
                }
                buffer.flip();
            }
            head = buffer.getLong();
            return true;
        }
    }
}
