package io.tricolor.standalone.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigKeysTest {

    @Test
    void makes_a_key_once_for_its_owner_alone(@TempDir Path directory) throws IOException {
        Path file = ConfigKeys.in(directory);
        String lines = Files.readString(file);
        assertThat(lines).matches("primary=k1\nk1=[A-Za-z0-9+/]{43}=\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(ConfigKeys.in(directory))).isEqualTo(lines);
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }
}
