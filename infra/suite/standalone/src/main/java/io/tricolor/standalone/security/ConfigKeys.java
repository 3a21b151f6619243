package io.tricolor.standalone.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The master key of one suite's configuration center, in {@code config-keys.properties}, readable by its owner only.
 * Another one is added by hand.
 */
public final class ConfigKeys {

    private static final int BYTES = 32;

    private ConfigKeys() {}

    /** The file in {@code directory}; it is made when there is none. */
    public static Path in(Path directory) throws IOException {
        Path file = directory.resolve("config-keys.properties");
        if (!Files.exists(file)) {
            byte[] key = new byte[BYTES];
            new SecureRandom().nextBytes(key);
            Path whole = Files.createTempFile(
                    directory,
                    "config-keys",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(whole, "primary=k1\nk1=" + Base64.getEncoder().encodeToString(key) + "\n");
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return file;
    }
}
