package io.tricolor.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Targets of requests, bytes as Latin-1, checked as nginx does: both routers take and refuse the same ones. */
final class Targets {

    private static final Pattern ABSOLUTE = Pattern.compile("https?://[^/?#]+", Pattern.CASE_INSENSITIVE);
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Targets() {}

    /**
     * Whether a target is sound and stands for itself, seen at one glance, as that of nearly every request is: a path,
     * perhaps a query, of characters that mean nothing else. Others may be sound as well.
     */
    static boolean isPlain(String target) {
        if (!target.startsWith("/")) {
            return false;
        }
        char before = '/';
        for (int i = 1; i < target.length(); i++) {
            char c = target.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= '@' && c <= 'Z')
                    || (c >= '(' && c <= ';' && (c != '.' || before != '/'))
                    || c == '_'
                    || c == '='
                    || c == '?'
                    || c == '&'
                    || c == '~';
            if (!plain) {
                return false;
            }
            before = c;
        }
        return true;
    }

    /** Path and query, also of a target with scheme and host; null for something else. */
    static @Nullable String ofOrigin(String target) {
        if (target.startsWith("/")) {
            return target;
        }
        var absolute = ABSOLUTE.matcher(target);
        if (!absolute.lookingAt()) {
            return null;
        }
        String rest = target.substring(absolute.end());
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /**
     * Whether it has no control characters, and a path whose escapes are two digits, that has no NUL and does not climb
     * above its root. A query may be anything.
     */
    static boolean isSound(String target) {
        for (int i = 0; i < target.length(); i++) {
            if (target.charAt(i) <= ' ' || target.charAt(i) == 0x7f) {
                return false;
            }
        }
        String path = unescaped(path(target));
        if (path == null || path.indexOf(0) >= 0) {
            return false;
        }
        int depth = 0;
        for (String segment : path.substring(1).split("/", -1)) {
            if (segment.equals("..")) {
                depth--;
            } else if (!segment.equals(".") && !segment.isEmpty()) {
                depth++;
            }
            if (depth < 0) {
                return false;
            }
        }
        return true;
    }

    /** What stands before the query and the fragment. */
    private static String path(String target) {
        for (int i = 0; i < target.length(); i++) {
            if (target.charAt(i) == '?' || target.charAt(i) == '#') {
                return target.substring(0, i);
            }
        }
        return target;
    }

    private static @Nullable String unescaped(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) != '%') {
                out.append(path.charAt(i));
            } else if (isEscape(path, i)) {
                out.append((char) HexFormat.fromHexDigits(path, i + 1, i + 3));
                i += 2;
            } else {
                return null;
            }
        }
        return out.toString();
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length()
                && HexFormat.isHexDigit(text.charAt(at + 1))
                && HexFormat.isHexDigit(text.charAt(at + 2));
    }

    /** The same in the characters that a {@link java.net.URI} has room for; the target itself where it has them all. */
    static String escaped(String target) {
        StringBuilder out = null;
        boolean query = false;
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            query |= c == '?';
            boolean fits = c < 0x80
                    && "\"<>\\^`{|}#".indexOf(c) < 0
                    && (query || (c != '[' && c != ']'))
                    && (c != '%' || isEscape(target, i));
            if (out == null && !fits) {
                out = new StringBuilder(target.length() + 16).append(target, 0, i);
            }
            if (out != null) {
                if (fits) {
                    out.append(c);
                } else {
                    out.append('%').append(HEX.toHexDigits((byte) c));
                }
            }
        }
        return out == null ? target : out.toString();
    }

    /**
     * The text whose UTF-8 is the bytes that came, as Netty writes it; where these are no UTF-8, escaped.
     *
     * @param target bytes as Latin-1
     */
    static String written(String target) {
        if (target.chars().allMatch(c -> c < 0x80)) {
            return target;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(target.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return escaped(target);
        }
    }
}
