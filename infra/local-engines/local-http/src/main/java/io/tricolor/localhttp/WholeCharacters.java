package io.tricolor.localhttp;

/**
 * Puts U+FFFD in the place of each half of a surrogate pair in JSON, written as an escape or as bytes, as Go's reader
 * of JSON does: nothing can write such a half out again.
 */
final class WholeCharacters {

    private static final int ESCAPE = 6;

    private WholeCharacters() {}

    /** The same array when there is nothing to replace, else a copy. */
    static byte[] of(byte[] json) {
        byte[] whole = json;
        boolean copied = false;
        for (int i = 0; i < json.length; i++) {
            int half = 0;
            if (json[i] == '\\') {
                int unit = escaped(json, i);
                if (unit < 0) {
                    i++; // whatever is escaped, it is no begin of an escape
                    continue;
                }
                if (Character.isHighSurrogate((char) unit) && isLow(escaped(json, i + ESCAPE))) {
                    i += 2 * ESCAPE - 1;
                    continue;
                }
                if (Character.isSurrogate((char) unit)) {
                    whole = copied ? whole : json.clone();
                    copied = true;
                    System.arraycopy(new byte[] {'f', 'f', 'f', 'd'}, 0, whole, i + 2, 4);
                }
                half = ESCAPE;
            } else if (json[i] == (byte) 0xed && i + 2 < json.length && (json[i + 1] & 0xe0) == 0xa0) {
                whole = copied ? whole : json.clone();
                copied = true;
                System.arraycopy(new byte[] {(byte) 0xef, (byte) 0xbf, (byte) 0xbd}, 0, whole, i, 3);
                half = 3;
            }
            i += Math.max(0, half - 1);
        }
        return whole;
    }

    private static boolean isLow(int unit) {
        return unit >= 0 && Character.isLowSurrogate((char) unit);
    }

    /** The unit that is escaped at a place; -1 when none is. */
    private static int escaped(byte[] json, int at) {
        if (at + ESCAPE > json.length || json[at] != '\\' || json[at + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + ESCAPE; i++) {
            int digit = Character.digit(json[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
