package io.tricolor.deploy.script;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The scripts of a release: a directory of a git repository at one commit. In manifests it is written
 * {@code <repository>[/<directory>]@<commit>:<tree>}.
 *
 * @param repository name of a configured repository
 * @param directory within it; empty: all of it
 * @param commit full id
 * @param tree full id of the directory's tree, which names its content
 */
public record ScriptRevision(String repository, String directory, String commit, String tree) {

    private static final Pattern FORM =
            Pattern.compile("([a-z0-9][a-z0-9-]{0,39})((?:/[A-Za-z0-9._-]{1,60}){0,8})@([0-9a-f]{40}):([0-9a-f]{40})");

    /** What a manifest says; empty when it names no scripts in this form. */
    public static Optional<ScriptRevision> parse(@Nullable String text) {
        Matcher form = FORM.matcher(text == null ? "" : text);
        return form.matches() && isDirectory(form.group(2))
                ? Optional.of(new ScriptRevision(
                        form.group(1),
                        form.group(2).isEmpty() ? "" : form.group(2).substring(1),
                        form.group(3),
                        form.group(4)))
                : Optional.empty();
    }

    static boolean isDirectory(String path) {
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return repository + (directory.isEmpty() ? "" : "/" + directory) + "@" + commit + ":" + tree;
    }
}
