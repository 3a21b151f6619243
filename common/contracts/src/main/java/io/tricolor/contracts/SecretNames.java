package io.tricolor.contracts;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which values are secrets, by their names and by marks that they carry. One rule for all services. */
public final class SecretNames {

    private static final Pattern SECRET = Pattern.compile(
            "(?i)passw|pwd|secret|token|credential|private[-_.]?key|api[-_.]?key|access[-_.]?key|signing[-_.]?key"
                    + "|connection[-_.]?string");

    private static final Pattern PLACE = Pattern.compile("(?i)[-_.](file|path)$");

    private static final Pattern MARKED = Pattern.compile("^\\{(cipher|secret|vault)}", Pattern.CASE_INSENSITIVE);

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
     * Whether an environment variable holds a secret itself: not when it is empty, or its name says that it is the
     * place of one.
     */
    public static boolean holdsSecret(String variable, String value) {
        return !value.isEmpty()
                && isSecret(variable, value)
                && !PLACE.matcher(variable).find();
    }
}
