package io.tricolor.loggateway.intake;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.springframework.core.io.buffer.DataBuffer;

/** The body of one request while it comes in. Every byte that it holds is taken from {@link InFlight} first. */
final class Body {

    private static final int STEP = 64 * 1024;

    private final InFlight inFlight;
    private final int most;
    private byte[] bytes = new byte[0];
    private int length;
    private long taken;
    private boolean released;

    Body(InFlight inFlight, int most) {
        this.inFlight = inFlight;
        this.most = most;
    }

    /** Refuses a body of that many bytes before the first of them is read, if it is too large or has no room now. */
    synchronized void expect(long announced) {
        if (announced > 0) {
            room(Math.toIntExact(Math.min(announced, Integer.MAX_VALUE)));
        }
    }

    synchronized void add(DataBuffer buffer) {
        int more = buffer.readableByteCount();
        room(more);
        buffer.read(bytes, length, more);
        length += more;
    }

    /** Blocking work: a body is small, but decompression is not free. */
    synchronized void inflate() {
        byte[] compressed = bytes;
        int compressedLength = length;
        bytes = new byte[0];
        length = 0;
        byte[] step = new byte[STEP];
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed, 0, compressedLength))) {
            for (int read = in.read(step); read >= 0; read = in.read(step)) {
                room(read);
                System.arraycopy(step, 0, bytes, length, read);
                length += read;
            }
        } catch (IOException e) {
            throw new Rejected(Code.BAD_REQUEST, "the body says Content-Encoding: gzip and is not gzip");
        }
    }

    synchronized LineReader lines() {
        return new LineReader(bytes, length);
    }

    synchronized void release() {
        if (!released) {
            released = true;
            inFlight.giveBack(taken);
            bytes = new byte[0];
            length = 0;
        }
    }

    /** What is allocated is what is taken from the budget. */
    private void room(int more) {
        long needed = (long) length + more;
        if (needed > most) {
            throw new Rejected(
                    Code.PAYLOAD_TOO_LARGE, "the body is larger than " + most + " bytes; send fewer lines at a time");
        }
        if (needed <= bytes.length) {
            return;
        }
        int capacity = Math.toIntExact(Math.min(most, Math.max(needed, 2L * bytes.length)));
        if (released || !inFlight.take(capacity - bytes.length)) {
            throw new Rejected(Code.TOO_MANY_REQUESTS, "too many lines wait for Kafka; send them again in a moment");
        }
        taken += capacity - bytes.length;
        bytes = Arrays.copyOf(bytes, capacity);
    }
}
