package io.tricolor.contracts;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which values are secrets, by their names and by marks that they carry. One rule for all services. */
public final class SecretNames {

    private static final Pattern SECRET = Pattern.compile(
            "(?i)passw|pwd|secret|token|credential|private[-_.]?key|api[-_.]?key|access[-_.]?key|signing[-_.]?key"
                    + "|connection[-_.]?string");

    private static final Pattern PLACE = Pattern.compile("(?i)[-_.](file|path)$");

    private static final Pattern MARKED = Pattern.compile("^\\{(cipher|secret|vault)}", Pattern.CASE_INSENSITIVE);

    /** A password in a URL. */
    private static final Pattern LOGIN = Pattern.compile("://[^/@\\s:]{0,256}+:[^/@\\s]{1,1024}+@");

    /** A member of JSON with a text that is not empty. */
    private static final Pattern MEMBER =
            Pattern.compile("\"([^\"\\\\]{1,128}+)\"\\s{0,16}+:\\s{0,16}+\"([^\"]{1,1024}+)\"");

    /** An option that is followed by its value. */
    private static final Pattern OPTION = Pattern.compile("-{1,2}[A-Za-z][A-Za-z0-9_.-]{0,127}+");

    /** What a program takes from its environment by itself. */
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$(?:\\{[A-Za-z0-9_.-]{1,128}}|[A-Za-z0-9_]{1,128})");

    private static final Pattern FLAG = Pattern.compile("(?i)true|false");

    private static final Pattern QUOTES = Pattern.compile("^[\"']+|[\"']+$");

    private static final int LONGEST_NAME = 128;

    private SecretNames() {}

    /** Whether a name says that its value is a secret. */
    public static boolean looksSecret(String name) {
        return SECRET.matcher(name).find();
    }

    /** Whether a value is one, by its name or because it begins with {@code {cipher}}, {@code {secret}} or so. */
    public static boolean isSecret(String name, @Nullable Object value) {
        return looksSecret(name)
                || (value instanceof CharSequence text && MARKED.matcher(text).find());
    }

    /**
     * Whether an environment variable holds a secret itself: by its name, not when it is empty, {@code true} or
     * {@code false}, or the name says that it is the place of one; or because there is one in the value, as in a URL
     * with a password.
     */
    public static boolean holdsSecret(String variable, String value) {
        return (!value.isEmpty()
                        && isSecret(variable, value)
                        && !FLAG.matcher(value).matches()
                        && !PLACE.matcher(variable).find())
                || embedsSecret(value);
    }

    /** Whether a text has a password in a URL, or a member of JSON whose name says that it is a secret. */
    public static boolean embedsSecret(String text) {
        if (LOGIN.matcher(text).find()) {
            return true;
        }
        Matcher member = MEMBER.matcher(text);
        while (member.find()) {
            if (isLiteral(member.group(1), member.group(2))) {
                return true;
            }
        }
        return false;
    }

    /**
     * What in the words of a command line holds a secret: {@code --password=x}, {@code -Dapi.key=x},
     * {@code --token x}, {@code PASSWORD=x}, each also within a word as for a shell. A value that a program takes from
     * its environment ({@code ${DB_PASSWORD}}) is none.
     *
     * @return its name, never its value; null when there is none
     */
    public static @Nullable String secretIn(List<String> words) {
        String option = null;
        for (String word : words) {
            if (embedsSecret(word)) {
                return "a URL or JSON in it";
            }
            for (String raw : word.split("\\s+", -1)) {
                String part = QUOTES.matcher(raw).replaceAll("");
                if (option != null && !part.startsWith("-") && isLiteral(option, part)) {
                    return option;
                }
                int equals = part.indexOf('=');
                String name = part.substring(0, Math.min(Math.max(equals, 0), LONGEST_NAME));
                if (equals > 0
                        && isLiteral(
                                name, QUOTES.matcher(part.substring(equals + 1)).replaceAll(""))) {
                    return name;
                }
                option = OPTION.matcher(part).matches() ? part : null;
            }
        }
        return null;
    }

    private static boolean isLiteral(String name, String value) {
        return !PLACEHOLDER.matcher(value).matches()
                && !value.isEmpty()
                && isSecret(name, value)
                && !FLAG.matcher(value).matches()
                && !PLACE.matcher(name).find();
    }
}
