package io.tricolor.contracts;

import org.jspecify.annotations.Nullable;

/**
 * What holds for every text that comes from outside, so that each store it may reach can keep it: PostgreSQL takes no
 * NUL, Elasticsearch no NUL in a name, and neither takes half of a surrogate pair, which is no character of Unicode.
 * Everything else stays as it was sent.
 */
public final class Text {

    private static final char REPLACEMENT = '\uFFFD';

    private Text() {}

    /** What keeps a text from being kept, in words that go on from its name; null when nothing does. */
    public static @Nullable String flaw(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "has the character NUL";
            }
            if (Character.isSurrogate(c)) {
                if (!isPair(text, i)) {
                    return "has half of a surrogate pair, which is no character";
                }
                i++;
            }
        }
        return null;
    }

    /** The same text with U+FFFD in the place of what cannot be kept; the text itself when there is nothing such. */
    public static String mended(String text) {
        if (flaw(text) == null) {
            return text;
        }
        StringBuilder mended = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c) && isPair(text, i)) {
                mended.append(c).append(text.charAt(++i));
            } else {
                mended.append(c == 0 || Character.isSurrogate(c) ? REPLACEMENT : c);
            }
        }
        return mended.toString();
    }

    /**
     * The begin of a text for a message to a person: mended, on one line, and with an ellipsis where it is cut.
     *
     * @param longest in characters, the ellipsis left out
     */
    public static String shown(String text, int longest) {
        boolean whole = text.length() <= longest;
        StringBuilder line = new StringBuilder(mended(whole ? text : text.substring(0, longest)));
        for (int i = 0; i < line.length(); i++) {
            if (Character.isISOControl(line.charAt(i))) {
                line.setCharAt(i, REPLACEMENT);
            }
        }
        return whole ? line.toString() : line.append('…').toString();
    }

    private static boolean isPair(CharSequence text, int at) {
        return at + 1 < text.length() && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1));
    }
}
