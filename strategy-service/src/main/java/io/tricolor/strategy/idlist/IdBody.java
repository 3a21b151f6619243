package io.tricolor.strategy.idlist;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the ids of an uploaded list, in text or in binary, without ever holding more than a piece of it. Blocking. */
final class IdBody {

    private static final int PIECE = 1 << 15;

    /** More than the longest int64 in decimal, with room for blanks. */
    private static final int LONGEST_LINE = 64;

    private IdBody() {}

    /**
     * One id a line, in canonical decimal form; blanks around it and empty lines are passed over.
     *
     * @throws Rejected with INVALID_ID and the number of the line for anything that is no canonical int64: a list holds numbers only
     */
    static void readText(InputStream body, IdSorter sorter) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] line = new byte[LONGEST_LINE];
        int length = 0;
        long number = 1;
        int read;
        while ((read = body.read(piece)) >= 0) {
            for (int i = 0; i < read; i++) {
                byte b = piece[i];
                if (b == '\n') {
                    take(line, length, number, sorter);
                    length = 0;
                    number++;
                } else if (length < LONGEST_LINE) {
                    line[length++] = b;
                } else {
                    throw noNumber(new String(line, 0, length, UTF_8) + "…", number);
                }
            }
        }
        take(line, length, number, sorter);
    }

    private static void take(byte[] line, int length, long number, IdSorter sorter) throws IOException {
        int from = 0;
        int to = length;
        while (from < to && isBlank(line[from])) {
            from++;
        }
        while (to > from && isBlank(line[to - 1])) {
            to--;
        }
        if (from < to) {
            sorter.add(parse(line, from, to, number));
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    /** Counts down, since there is one negative number more than there are positive ones. */
    private static long parse(byte[] line, int from, int to, long number) {
        boolean negative = line[from] == '-';
        int first = negative ? from + 1 : from;
        boolean canonical = first < to && to - first <= 19 && (line[first] != '0' || (to - from == 1));
        long value = 0;
        for (int i = first; canonical && i < to; i++) {
            int digit = line[i] - '0';
            canonical = digit >= 0 && digit <= 9 && value >= (Long.MIN_VALUE + digit) / 10;
            value = value * 10 - digit;
        }
        if (!canonical || (!negative && value == Long.MIN_VALUE)) {
            throw noNumber(new String(line, from, to - from, UTF_8), number);
        }
        return negative ? value : -value;
    }

    private static Rejected noNumber(String text, long number) {
        return new Rejected(
                Code.INVALID_ID,
                "line " + number + ": '" + text + "' is no int64 in plain decimal form; a list holds numbers only");
    }

    /**
     * 8 bytes little-endian for each id, in any order.
     *
     * @throws Rejected with INVALID_ARGUMENT when the length is no multiple of 8
     */
    static void readBinary(InputStream body, IdSorter sorter) throws IOException {
        byte[] piece = new byte[PIECE];
        ByteBuffer ids = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN);
        int read;
        while ((read = body.readNBytes(piece, 0, PIECE)) > 0) {
            if (read % Long.BYTES != 0) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT, "the body is no list of int64: its length is no multiple of 8");
            }
            for (int i = 0; i < read; i += Long.BYTES) {
                sorter.add(ids.getLong(i));
            }
        }
    }
}
