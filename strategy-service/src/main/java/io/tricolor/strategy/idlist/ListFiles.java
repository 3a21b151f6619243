package io.tricolor.strategy.idlist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Temporary files of int64, little-endian. */
final class ListFiles {

    private static final int BUFFER_BYTES = 1 << 15;

    private ListFiles() {}

    /** An empty one, which goes when it is closed. */
    static FileChannel temporary() throws IOException {
        Path file = Files.createTempFile("tricolor-id-list-", ".tmp");
        return FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    static ByteBuffer buffer() {
        return ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes what is in the buffer to the end of a file, and clears it. */
    static void flush(ByteBuffer buffer, FileChannel file) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        buffer.clear();
    }
}
