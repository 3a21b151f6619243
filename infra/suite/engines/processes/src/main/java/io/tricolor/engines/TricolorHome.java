package io.tricolor.engines;

import java.nio.file.Files;
import java.nio.file.Path;

/** The checkout whose modules are started. */
public final class TricolorHome {

    private TricolorHome() {}

    /**
     * The directory in the system property {@code tricolor.home} or the variable {@code TRICOLOR_HOME}, else the
     * closest directory above the current one that holds {@code infra/suite/engines}.
     */
    public static Path find() {
        String named = System.getProperty("tricolor.home", System.getenv("TRICOLOR_HOME"));
        if (named != null && !named.isBlank()) {
            return Path.of(named).toAbsolutePath().normalize();
        }
        Path here = Path.of("").toAbsolutePath();
        for (Path at = here; at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("infra/suite/engines"))) {
                return at;
            }
        }
        throw new EngineFailed("no Tricolor checkout at or above " + here + ": set TRICOLOR_HOME");
    }
}
