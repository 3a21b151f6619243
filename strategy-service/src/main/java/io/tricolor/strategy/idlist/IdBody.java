package io.tricolor.strategy.idlist;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads an uploaded list, in text or in binary, without ever holding more than a piece of it. Blocking. */
final class IdBody {

    private static final int PIECE = 1 << 15;

    /** More than the longest int64 in decimal, with room for blanks. */
    private static final int LONGEST_LINE = 64;

    /** What is done with a line. */
    @FunctionalInterface
    private interface Line {

        /**
         * Takes it.
         *
         * @param from of its first character that is no blank
         * @param to after its last one, above {@code from}
         */
        void take(byte[] line, int from, int to, long number) throws IOException;
    }

    private IdBody() {}

    /**
     * One id a line, in canonical decimal form; blanks around it and empty lines are passed over.
     *
     * @throws Rejected with INVALID_ID and the number of the line for anything that is no canonical int64: a list holds
     *     numbers only
     */
    static void readText(InputStream body, IdSorter sorter) throws IOException {
        readLines(body, (line, from, to, number) -> sorter.add(parse(line, from, to, number, Code.INVALID_ID)));
    }

    /**
     * One interval a line: first and last id in canonical decimal form, and blanks or one comma between them.
     *
     * @throws Rejected with INVALID_INTERVAL and the number of the line for anything else
     */
    static void readTextOfIntervals(InputStream body, IntervalSorter sorter) throws IOException {
        readLines(body, (line, from, to, number) -> {
            int end = from;
            while (end < to && !isBlank(line[end]) && line[end] != ',') {
                end++;
            }
            int next = end;
            boolean comma = false;
            while (next < to && (isBlank(line[next]) || (!comma && line[next] == ','))) {
                comma |= line[next] == ',';
                next++;
            }
            if (next == to) {
                throw new Rejected(
                        Code.INVALID_INTERVAL,
                        "line " + number + ": '" + new String(line, from, to - from, UTF_8)
                                + "' is no interval: first and last id, and a blank or a comma between them");
            }
            add(
                    parse(line, from, end, number, Code.INVALID_INTERVAL),
                    parse(line, next, to, number, Code.INVALID_INTERVAL),
                    "line " + number,
                    sorter);
        });
    }

    private static void add(long from, long to, String place, IntervalSorter sorter) throws IOException {
        if (to < from) {
            throw new Rejected(Code.INVALID_INTERVAL, place + ": interval [" + from + ", " + to + "] is reversed");
        }
        sorter.add(from, to);
    }

    private static void readLines(InputStream body, Line reader) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] line = new byte[LONGEST_LINE];
        int length = 0;
        long number = 1;
        int read;
        while ((read = body.read(piece)) >= 0) {
            for (int i = 0; i < read; i++) {
                byte b = piece[i];
                if (b == '\n') {
                    take(line, length, number, reader);
                    length = 0;
                    number++;
                } else if (length < LONGEST_LINE) {
                    line[length++] = b;
                } else {
                    throw noNumber(new String(line, 0, length, UTF_8) + "…", number, Code.INVALID_ID);
                }
            }
        }
        take(line, length, number, reader);
    }

    private static void take(byte[] line, int length, long number, Line reader) throws IOException {
        int from = 0;
        int to = length;
        while (from < to && isBlank(line[from])) {
            from++;
        }
        while (to > from && isBlank(line[to - 1])) {
            to--;
        }
        if (from < to) {
            reader.take(line, from, to, number);
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    /** Counts down, since there is one negative number more than there are positive ones. */
    private static long parse(byte[] line, int from, int to, long number, Code code) {
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
            throw noNumber(new String(line, from, to - from, UTF_8), number, code);
        }
        return negative ? value : -value;
    }

    private static Rejected noNumber(String text, long number, Code code) {
        return new Rejected(
                code,
                "line " + number + ": '" + text + "' is no int64 in plain decimal form; a list holds numbers only");
    }

    /**
     * 8 bytes little-endian for each id, in any order.
     *
     * @throws Rejected with INVALID_ARGUMENT when the length is no multiple of 8
     */
    static void readBinary(InputStream body, IdSorter sorter) throws IOException {
        readPieces(body, Long.BYTES, "int64: its length is no multiple of 8", ids -> {
            while (ids.hasRemaining()) {
                sorter.add(ids.getLong());
            }
        });
    }

    /**
     * 16 bytes for each interval, its first and its last id, both little-endian; in any order.
     *
     * @throws Rejected with INVALID_ARGUMENT when the length is no multiple of 16, with INVALID_INTERVAL when one is
     *     reversed
     */
    static void readBinaryOfIntervals(InputStream body, IntervalSorter sorter) throws IOException {
        readPieces(body, 2 * Long.BYTES, "pairs of int64: its length is no multiple of 16", ends -> {
            while (ends.hasRemaining()) {
                add(ends.getLong(), ends.getLong(), "the body", sorter);
            }
        });
    }

    /** What is done with a piece of a body in binary. */
    @FunctionalInterface
    private interface Piece {
        void take(ByteBuffer piece) throws IOException;
    }

    private static void readPieces(InputStream body, int bytesEach, String expected, Piece reader) throws IOException {
        byte[] piece = new byte[PIECE];
        int read;
        while ((read = body.readNBytes(piece, 0, PIECE)) > 0) {
            if (read % bytesEach != 0) {
                throw new Rejected(Code.INVALID_ARGUMENT, "the body is no list of " + expected);
            }
            reader.take(ByteBuffer.wrap(piece, 0, read).order(ByteOrder.LITTLE_ENDIAN));
        }
    }
}
