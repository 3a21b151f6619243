package io.tricolor.deploy.secret;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A file for each secret in one directory, as Docker and Kubernetes mount them. */
final class FileSecrets implements SecretProvider {

    private final Path directory;

    FileSecrets(Path directory) {
        this.directory = directory;
    }

    @Override
    public Optional<String> find(String name) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.isDirectory(directory)) {
            throw new IOException("the directory of secrets is not there");
        }
        try {
            return Optional.of(Files.readString(file, StandardCharsets.UTF_8).replaceAll("[\\r\\n]+$", ""));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // Its message may name more than whoever reads it should know.
            throw new IOException("the file of the secret " + name + " cannot be read", e);
        }
    }
}
