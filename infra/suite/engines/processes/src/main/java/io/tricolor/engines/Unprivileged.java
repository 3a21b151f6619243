package io.tricolor.engines;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs that refuse to run as root. Without root nothing is changed. As root: a user namespace without any
 * mapping, in which the files stay root's own; where the machine forbids that, another user.
 *
 * @param prefix words before the command
 * @param owner who must own the files that the command writes; null when that need not change
 */
record Unprivileged(List<String> prefix, @Nullable String owner) {

    private static final String OTHER_USER = "nobody";

    static Unprivileged find() {
        if (!System.getProperty("user.name").equals("root")) {
            return new Unprivileged(List.of(), null);
        }
        String other = "--reuid=" + OTHER_USER;
        List<Unprivileged> ways = List.of(
                new Unprivileged(List.of("unshare", "-U", "--"), null),
                // With this capability the user reaches a checkout in a directory that only root may enter.
                new Unprivileged(
                        List.of(
                                "setpriv",
                                other,
                                "--clear-groups",
                                "--inh-caps=+dac_override",
                                "--ambient-caps=+dac_override",
                                "--"),
                        OTHER_USER),
                new Unprivileged(List.of("setpriv", other, "--clear-groups", "--"), OTHER_USER));
        return ways.stream()
                .filter(Unprivileged::works)
                .findFirst()
                .orElseThrow(
                        () -> new EngineFailed("PostgreSQL does not run as root, and neither `unshare -U` nor `setpriv"
                                + " --reuid` works here. Run this as another user, or install util-linux."));
    }

    List<String> command(List<String> words) {
        var command = new ArrayList<>(prefix);
        command.addAll(words);
        return List.copyOf(command);
    }

    /** Makes the directory and all that is in it writable for the command. */
    void own(Path root) throws IOException {
        if (owner == null) {
            return;
        }
        UserPrincipal user =
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(owner);
        for (Path path : FileTrees.list(root)) {
            if (!Files.getOwner(path).equals(user)) {
                Files.setOwner(path, user);
            }
        }
    }

    private boolean works() {
        try {
            Process probe = new ProcessBuilder(command(List.of("true")))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return probe.waitFor(5, TimeUnit.SECONDS) && probe.exitValue() == 0;
        } catch (IOException e) {
            return false; // the program is not installed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
