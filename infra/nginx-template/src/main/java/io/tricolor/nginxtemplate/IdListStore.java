package io.tricolor.nginxtemplate;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.SortedIds;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * Lists of ids on disk, by their digest; one that is not there is fetched from strategy-service. The content is verified whenever it is
 * read.
 */
final class IdListStore implements IdListSource {

    private final Path directory;
    private final @Nullable Peer strategy;

    IdListStore(Path directory, @Nullable Peer strategy) throws IOException {
        this.directory = directory;
        this.strategy = strategy;
        Files.createDirectories(directory);
    }

    @Override
    public SortedIds load(IdList list) throws IOException, Refused {
        Path file = directory.resolve(list.sha256());
        if (Files.exists(file)) {
            return verified(list, Files.readAllBytes(file));
        }
        if (strategy == null) {
            throw new IOException("there is no list of ids " + file);
        }
        byte[] bytes = fetch(list, strategy);
        SortedIds ids = verified(list, bytes);
        Path temporary = directory.resolve(list.sha256() + ".tmp");
        Files.write(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return ids;
    }

    private static byte[] fetch(IdList list, Peer strategy) throws IOException {
        try {
            HttpResponse<byte[]> answer = strategy.getBytes("/api/id-lists/" + list.sha256());
            if (answer.statusCode() != 200) {
                throw new IOException(
                        "strategy-service answered " + answer.statusCode() + " for the list of ids " + list.sha256());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static SortedIds verified(IdList list, byte[] bytes) throws Refused {
        try {
            return SortedIds.of(list, ByteBuffer.wrap(bytes));
        } catch (Rejected e) {
            throw new Refused(
                    Refused.Reason.ID_LIST,
                    "the list of ids " + list.sha256() + " is not what its digest says: "
                            + e.rejection().message());
        }
    }
}
