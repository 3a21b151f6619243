package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What others wrote is what was looked at: every file has the hash of the lock file, and there is no other. */
class VendorTest {

    @ParameterizedTest
    @ValueSource(strings = {"src/main/vendor", "src/test/vendor"})
    void holds_what_the_lock_file_names_and_nothing_else(String directory) throws IOException {
        Path root = Path.of(directory);
        var locked = new TreeMap<String, String>();
        for (JsonNode library : JsonMapper.builder()
                .build()
                .readTree(Files.readString(root.resolve("vendor.lock.json")))
                .path("packages")) {
            String name = library.path("name").asString();
            assertThat(library.path("licence").asString()).isIn("MIT", "MPL-2.0");
            assertThat(library.path("version").asString()).matches("\\d+\\.\\d+\\.\\d+");
            assertThat(root.resolve(name).resolve("LICENSE")).isNotEmptyFile();
            library.path("files")
                    .properties()
                    .forEach(file -> locked.put(
                            name + "/" + file.getKey(), file.getValue().asString()));
        }
        var there = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("vendor.lock.json"))
                    .forEach(file -> there.put(root.relativize(file).toString(), sha256(file)));
        }
        assertThat(there).isEqualTo(locked);
    }

    private static String sha256(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }
}
