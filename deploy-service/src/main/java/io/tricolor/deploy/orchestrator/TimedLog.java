package io.tricolor.deploy.orchestrator;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A log whose lines have their time in front, read without it. It knows of which second the line is that was read last,
 * and how much of that second's lines was read: asked for the log from that second on, that much is to be passed over.
 */
final class TimedLog extends InputStream {

    /** Of {@code 2026-01-15T12:00:00}. */
    private static final int SECOND = 19;

    private static final int LONGEST_TIME = 40;

    private final InputStream in;
    private final byte[] time = new byte[LONGEST_TIME];
    private boolean begins = true;
    private String second = "";
    private long within;
    private long count;

    TimedLog(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /** As Kubernetes takes it; empty: nothing was read yet. */
    String second() {
        return second;
    }

    /** Bytes that were read of the lines of that second. */
    long within() {
        return within;
    }

    /** Bytes that were read in all. */
    long count() {
        return count;
    }

    @Override
    public int read() throws IOException {
        if (begins && !skipTime()) {
            return -1;
        }
        int next = in.read();
        if (next >= 0) {
            within++;
            count++;
            begins = next == '\n';
        }
        return next;
    }

    private boolean skipTime() throws IOException {
        int length = 0;
        for (int next = in.read(); next != ' '; next = in.read()) {
            if (next < 0 && length == 0) {
                return false;
            }
            if (next < 0 || length == LONGEST_TIME) {
                throw new IOException("a line of the log has no time");
            }
            time[length++] = (byte) next;
        }
        if (length < SECOND) {
            throw new IOException("a line of the log has no time");
        }
        String now = new String(time, 0, SECOND, StandardCharsets.US_ASCII) + "Z";
        if (!now.equals(second)) {
            second = now;
            within = 0;
        }
        begins = false;
        return true;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = 0;
        while (read < length) {
            int next = read();
            if (next < 0) {
                break;
            }
            buffer[offset + read++] = (byte) next;
        }
        return read == 0 && length > 0 ? -1 : read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
