package io.tricolor.config.namespace.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.regex.Pattern;

/**
 * Names one configuration: {@code <application>/<profile>/<label>}. In a path the slashes of a label are written
 * {@code (_)}.
 *
 * @param application {@code application} is shared by all
 * @param profile {@code default} goes with every other
 * @param label a line of development, for example {@code main} or {@code feature/x}
 */
public record NamespaceId(String application, String profile, String label) {

    /** The application whose configuration every application gets. */
    public static final String SHARED = "application";

    /** The profile whose configuration goes with every other. */
    public static final String DEFAULT_PROFILE = "default";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern LABEL =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,9}");

    /** Throws {@link Rejected} with {@code INVALID_ARGUMENT} for a name that is none. */
    public NamespaceId {
        check(NAME, "application", application);
        check(NAME, "profile", profile);
        check(LABEL, "label", label);
    }

    /** From the segments of a path. */
    public static NamespaceId ofPath(String application, String profile, String label) {
        return new NamespaceId(application, profile, label.replace("(_)", "/"));
    }

    /** From {@code <application>/<profile>/<label>}. */
    public static NamespaceId of(String text) {
        String[] parts = text.split("/", 3);
        if (parts.length < 3) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a namespace is <application>/<profile>/<label>");
        }
        return new NamespaceId(parts[0], parts[1], parts[2]);
    }

    private static void check(Pattern pattern, String what, String value) {
        if (!pattern.matcher(value).matches()) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT, "the " + what + " is letters, digits, dots, dashes and underscores");
        }
    }

    /** The stream. */
    @Override
    public String toString() {
        return application + "/" + profile + "/" + label;
    }

    /** The same as the segments of a path. */
    public String toPath() {
        return application + "/" + profile + "/" + label.replace("/", "(_)");
    }
}
