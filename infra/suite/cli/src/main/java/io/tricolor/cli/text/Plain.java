package io.tricolor.cli.text;

/** Text of others, made safe to be shown, and measured in columns. */
public final class Plain {

    private Plain() {}

    /** In one line and without anything that a terminal would take as an order. */
    public static String line(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\n' || c == '\r' || c == '\t') {
                plain.append(' ');
            } else if (Character.isISOControl(c) || isInvisible(c)) {
                plain.append('\uFFFD');
            } else {
                plain.appendCodePoint(c);
            }
        });
        return plain.toString();
    }

    /** Changes the direction or the meaning of what stands beside it. */
    private static boolean isInvisible(int c) {
        int type = Character.getType(c);
        return type == Character.FORMAT || type == Character.SURROGATE || c == 0x2028 || c == 0x2029;
    }

    /** Columns that a terminal needs for it. */
    public static int columns(String text) {
        return text.codePoints().map(Plain::columns).sum();
    }

    private static int columns(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        return isWide(c) ? 2 : 1;
    }

    private static boolean isWide(int c) {
        return (c >= 0x1100 && c <= 0x115F)
                || (c >= 0x2E80 && c <= 0xA4CF)
                || (c >= 0xAC00 && c <= 0xD7A3)
                || (c >= 0xF900 && c <= 0xFAFF)
                || (c >= 0xFE30 && c <= 0xFE6F)
                || (c >= 0xFF00 && c <= 0xFF60)
                || (c >= 0xFFE0 && c <= 0xFFE6)
                || (c >= 0x1F300 && c <= 0x1FAFF)
                || (c >= 0x20000 && c <= 0x3FFFD);
    }

    /** As much of it as fits, with … at the end when that is not all. */
    public static String fitted(String text, int width) {
        if (columns(text) <= width) {
            return text;
        }
        StringBuilder fitted = new StringBuilder();
        int used = 0;
        for (int c : text.codePoints().toArray()) {
            used += columns(c);
            if (used > width - 1) {
                break;
            }
            fitted.appendCodePoint(c);
        }
        return fitted.append('…').toString();
    }
}
