package io.tricolor.strategy.idlist;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The content of a list in a temporary file, which goes when this is closed: written first, then named and read. For
 * one thread.
 */
final class NewList implements AutoCloseable {

    private final IdList.Kind kind;
    private final FileChannel file;
    private final MessageDigest digest;
    private final ByteBuffer buffer = ListFiles.buffer();
    private long written;

    NewList(IdList.Kind kind) throws IOException {
        this.kind = kind;
        this.file = ListFiles.temporary();
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Appends a number. */
    void write(long number) throws IOException {
        if (!buffer.hasRemaining()) {
            flush();
        }
        buffer.putLong(number);
        written++;
    }

    private void flush() throws IOException {
        digest.update(buffer.duplicate().flip());
        ListFiles.flush(buffer, file);
    }

    /** What was written; INVALID_ARGUMENT when that is nothing. To be called once, after the last number. */
    Sorted sorted() throws IOException {
        if (written == 0) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the list is empty");
        }
        flush();
        int count = Math.toIntExact(written * Long.BYTES / kind.bytesEach());
        return new Sorted(new IdList(HexFormat.of().formatHex(digest.digest()), count, kind), file);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /**
     * Content that has a name.
     *
     * @param name of the list
     */
    record Sorted(IdList name, FileChannel content) {

        /** Bytes from {@code position} on, at most {@code most}. */
        byte[] read(long position, int most) throws IOException {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(most, name.bytes() - position));
            while (piece.hasRemaining()) {
                if (content.read(piece, position + piece.position()) < 0) {
                    throw new IOException("the temporary file of a list was cut off");
                }
            }
            return piece.array();
        }
    }
}
