package io.tricolor.loggateway.intake;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The lines of a body; ends of lines are left out, also CR LF. */
final class LineReader implements Iterator<byte[]> {

    private final byte[] body;
    private final int end;
    private int at;
    private int number;

    LineReader(byte[] body, int length) {
        this.body = body;
        this.end = length;
    }

    @Override
    public boolean hasNext() {
        return at < end;
    }

    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int from = at;
        while (at < end && body[at] != '\n') {
            at++;
        }
        int to = at;
        at++;
        if (to > from && body[to - 1] == '\r') {
            to--;
        }
        number++;
        return Arrays.copyOfRange(body, from, to);
    }

    /** Of all lines, blank ones too. */
    int count() {
        int count = end > 0 && body[end - 1] != '\n' ? 1 : 0;
        for (int i = 0; i < end; i++) {
            if (body[i] == '\n') {
                count++;
            }
        }
        return count;
    }

    /** Of the line that was returned last, from 1. */
    int number() {
        return number;
    }
}
