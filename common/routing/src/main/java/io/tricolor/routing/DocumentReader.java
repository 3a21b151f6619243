package io.tricolor.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.io.IOException;
import java.io.Reader;
import java.util.regex.Pattern;

/**
 * The characters of a document, on their way to the reader of YAML: bounded, and with a blank after the colon where
 * people leave it out. {@code interval:[[1,100]]} is one word for YAML; people write it all the same.
 */
final class DocumentReader extends Reader {

    /** Longest stretch in which no value ends, comments included. */
    static final int MAX_STRETCH = 1 << 18;

    /** Longest begin of a line that is looked at. */
    private static final int LONGEST_KEY = 128;

    private static final Pattern KEY = Pattern.compile("[ \\t]*(?:ids|interval|internal|intervals):");

    private final Reader text;
    private final int maxLength;
    private final StringBuilder begin = new StringBuilder(LONGEST_KEY);
    private boolean inBegin = true;
    private boolean bracketIsDue;
    private int length;
    private int sinceValue;
    private int line = 1;
    private int column;
    private boolean awaitsLowSurrogate;

    DocumentReader(Reader text, int maxLength) {
        this.text = text;
        this.maxLength = maxLength;
    }

    /** Says that a value has ended. */
    void valueEnded() {
        sinceValue = 0;
    }

    @Override
    public int read(char[] buffer, int offset, int most) throws IOException {
        int count = 0;
        while (count < most) {
            int c = read();
            if (c < 0) {
                break;
            }
            buffer[offset + count++] = (char) c;
        }
        return count == 0 && most > 0 ? -1 : count;
    }

    @Override
    public int read() throws IOException {
        if (bracketIsDue) {
            bracketIsDue = false;
            return '[';
        }
        int c = next();
        if (c == '\n' || c == '\r') {
            begin.setLength(0);
            inBegin = true;
        } else if (inBegin) {
            if (c == '[' || begin.length() == LONGEST_KEY) {
                inBegin = false;
                bracketIsDue = c == '[' && KEY.matcher(begin).matches();
            } else {
                begin.append((char) c);
            }
        }
        return bracketIsDue ? ' ' : c;
    }

    private int next() throws IOException {
        int c = text.read();
        if (c >= 0) {
            if (++length > maxLength) {
                throw new Rejected(Code.PAYLOAD_TOO_LARGE, "a route strategy has at most " + maxLength + " characters");
            }
            if (++sinceValue > MAX_STRETCH) {
                throw new Rejected(Code.INVALID_ARGUMENT, "no value ends within " + MAX_STRETCH + " characters");
            }
            check((char) c);
        } else if (awaitsLowSurrogate) {
            throw notAllowed();
        }
        return c;
    }

    /** What YAML does not allow is refused here, where its line and column are known. */
    private void check(char c) {
        if (awaitsLowSurrogate && !Character.isLowSurrogate(c)) {
            throw notAllowed();
        }
        if (c == '\n') {
            line++;
            column = 0;
        } else {
            column++;
        }
        if ((!awaitsLowSurrogate && Character.isLowSurrogate(c)) || !isAllowed(c)) {
            throw notAllowed();
        }
        awaitsLowSurrogate = Character.isHighSurrogate(c);
    }

    /** Printable characters of YAML 1.2, production 1, halves of surrogate pairs, and the byte order mark. */
    private static boolean isAllowed(char c) {
        return (c >= 0x20 && c <= 0x7e)
                || c == '\t'
                || c == '\n'
                || c == '\r'
                || c == 0x85
                || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
    }

    private Rejected notAllowed() {
        return new Rejected(
                Code.INVALID_ARGUMENT,
                "line " + line + ", column " + column
                        + ": not YAML or JSON: a character that cannot stand in a document");
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
