package io.tricolor.nginxtemplate;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Texts as they stand in nginx's configuration. Nothing that comes from a table gets there by another way. */
final class NginxText {

    /** Longest word that nginx reads, its quotes included, with some room. */
    static final int MAX_WORD_BYTES = 4_000;

    private NginxText() {}

    /** A quoted word. A dollar sign keeps its meaning where nginx expands variables. */
    static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** A key of a map that is compared as it stands, whatever it looks like. For {@link #isPlain} texts. */
    static String key(String text) {
        return quote("\\" + text);
    }

    /** A regular expression as key of a map, case-sensitive. */
    static String regex(String pattern) {
        return quote("~" + pattern);
    }

    /**
     * Whether the text can be key and value of a map as it stands: no control character, quote, backslash or dollar
     * sign.
     */
    static boolean isPlain(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c != 0x7f && c != '"' && c != '\\' && c != '$');
    }

    /** A pattern for exactly these bytes of UTF-8. */
    static String literal(String text) {
        StringBuilder pattern = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            pattern.append(literal(b & 0xff));
        }
        return pattern.toString();
    }

    /**
     * A pattern for the text in a form-encoded query: every byte as it stands or as {@code %XX}, blanks also as plus.
     */
    static String formEncoded(String text) {
        StringBuilder pattern = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            String hex = String.format(Locale.ROOT, "%02x", c);
            pattern.append("(?:%").append(anyCase(hex.charAt(0))).append(anyCase(hex.charAt(1)));
            if (c == ' ') {
                pattern.append("|\\+");
            } else if (c != '+' && c != '%' && c != '&') {
                pattern.append('|').append(literal(c));
            }
            pattern.append(')');
        }
        return pattern.toString();
    }

    private static String anyCase(char hex) {
        return Character.isDigit(hex) ? String.valueOf(hex) : "[" + hex + Character.toUpperCase(hex) + "]";
    }

    private static String literal(int c) {
        boolean safe = (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || c == '-'
                || c == '_'
                || c == '/';
        return safe ? String.valueOf((char) c) : String.format(Locale.ROOT, "\\x%02x", c);
    }

    /** For comments: no line end, nothing else that could confuse a reader. */
    static String comment(String text) {
        return text.replaceAll("[^A-Za-z0-9 ._:/=,@-]", "?");
    }
}
