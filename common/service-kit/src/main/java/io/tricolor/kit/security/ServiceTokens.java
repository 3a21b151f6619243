package io.tricolor.kit.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The token that this service shows to other services. A new token in the file is used from the next call on. */
public final class ServiceTokens {

    private final @Nullable Path file;
    private @Nullable FileTime modified;
    private String token = "";

    ServiceTokens(@Nullable Path file) {
        this.file = file;
    }

    /** The token, empty when {@code tricolor.security.token-file} is not set or the file is not there yet. */
    public synchronized Optional<String> current() {
        if (file == null || !Files.isReadable(file)) {
            return Optional.empty();
        }
        try {
            FileTime now = Files.getLastModifiedTime(file);
            if (!now.equals(modified)) {
                token = Files.readString(file).strip();
                modified = now;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("tricolor.security.token-file: " + file + " cannot be read", e);
        }
        return token.isEmpty() ? Optional.empty() : Optional.of(token);
    }

    /** Value of the {@code Authorization} header. Throws {@link IllegalStateException} where there is no token. */
    public String authorization() {
        return "Bearer "
                + current()
                        .orElseThrow(() -> new IllegalStateException(
                                "no token to show to other services: set tricolor.security.token-file"));
    }
}
