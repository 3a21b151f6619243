package io.tricolor.deploy.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.SecretRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {

    @TempDir
    private Path directory;

    @Test
    void takes_the_first_that_has_it_and_names_what_is_nowhere() throws Exception {
        Files.writeString(directory.resolve("db"), "from the file");
        Secrets secrets = new Secrets(List.of(
                new FileSecrets(directory),
                new EnvironmentSecrets(Map.of("TRICOLOR_SECRET_DB", "x", "TRICOLOR_SECRET_MAIL", "from outside"))));
        SecretValues values =
                secrets.resolve(Map.of("DB_PASSWORD", new SecretRef("db"), "MAIL_TOKEN", new SecretRef("mail")));
        Map<String, String> environment = new HashMap<>();
        values.addTo(environment);
        assertThat(environment).isEqualTo(Map.of("DB_PASSWORD", "from the file", "MAIL_TOKEN", "from outside"));
        assertThat(values).hasToString("SecretValues[DB_PASSWORD, MAIL_TOKEN]");
        assertThat(secrets.resolve(Map.of())).isSameAs(SecretValues.NONE);
        assertThatThrownBy(() -> secrets.resolve(Map.of("KEY", new SecretRef("key"))))
                .isInstanceOf(Secrets.Missing.class)
                .hasMessageContaining("key")
                .hasMessageContaining("KEY");
    }

    @Test
    void a_name_cannot_lead_out_of_the_directory() throws Exception {
        Path inside = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(directory.resolve("outside"), "x");
        Secrets secrets = new Secrets(List.of(new FileSecrets(inside)));
        for (String name : List.of("../outside", "..", ".", "/etc/passwd", "", "a/b", "a\0")) {
            assertThatThrownBy(() -> secrets.resolve(Map.of("X", new SecretRef(name))))
                    .as(name)
                    .isInstanceOf(Secrets.Missing.class);
        }
    }
}
