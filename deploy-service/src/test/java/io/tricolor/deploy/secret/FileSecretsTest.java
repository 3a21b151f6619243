package io.tricolor.deploy.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSecretsTest extends SecretProviderContract {

    @TempDir
    private Path home;

    @Override
    SecretProvider with(Map<String, String> secrets) throws Exception {
        Path directory = Files.createTempDirectory(home, "secrets");
        for (Map.Entry<String, String> secret : secrets.entrySet()) {
            Files.writeString(directory.resolve(secret.getKey()), secret.getValue() + "\n");
        }
        return new FileSecrets(directory);
    }

    @Test
    void a_renewed_file_counts_at_the_next_start() throws Exception {
        Path directory = Files.createTempDirectory(home, "secrets");
        SecretProvider provider = new FileSecrets(directory);
        Files.writeString(directory.resolve("db"), "one");
        assertThat(provider.find("db")).contains("one");
        Files.writeString(directory.resolve("db"), "two\r\n");
        assertThat(provider.find("db")).contains("two");
    }

    @Test
    void a_directory_that_is_gone_is_no_answer() {
        assertThatIOException().isThrownBy(() -> new FileSecrets(home.resolve("gone")).find("db"));
    }
}
