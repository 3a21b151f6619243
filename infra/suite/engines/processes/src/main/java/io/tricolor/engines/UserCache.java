package io.tricolor.engines;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where {@code ./tricolor test} puts engines that only tests need. */
final class UserCache {

    private UserCache() {}

    static Path directory() {
        String own = System.getenv("TRICOLOR_CACHE");
        String shared = System.getenv("XDG_CACHE_HOME");
        if (isNamed(own)) {
            return Path.of(own);
        }
        Path parent = isNamed(shared) ? Path.of(shared) : Path.of(System.getProperty("user.home"), ".cache");
        return parent.resolve("tricolor");
    }

    private static boolean isNamed(@Nullable String directory) {
        return directory != null && !directory.isBlank();
    }
}
