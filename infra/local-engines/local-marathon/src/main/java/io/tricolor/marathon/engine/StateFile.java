package io.tricolor.marathon.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The engine's memory on disk: one JSON document, replaced as a whole, flushed to the device before and after the
 * change of its name.
 */
final class StateFile {

    private final JsonMapper json;
    private final Path file;

    StateFile(JsonMapper json, Path directory) throws IOException {
        this.json = json;
        this.file = directory.resolve("state.json");
        Files.createDirectories(directory);
    }

    Optional<ObjectNode> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (json.readTree(Files.readAllBytes(file)) instanceof ObjectNode state) {
            return Optional.of(state);
        }
        throw new IOException(file + " does not hold the engine's state");
    }

    void write(ObjectNode state) throws IOException {
        Path fresh = file.resolveSibling("state.json.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(json.writeValueAsBytes(state));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = file.getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
