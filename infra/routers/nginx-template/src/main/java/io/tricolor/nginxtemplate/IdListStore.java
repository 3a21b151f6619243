package io.tricolor.nginxtemplate;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import io.tricolor.router.sources.IdListDownload;
import io.tricolor.router.sources.Peer;
import io.tricolor.routing.ListContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Lists of ids on disk, by their digest; one that is not there is fetched from strategy-service. The content is
 * verified whenever it is read.
 */
final class IdListStore implements IdListSource {

    private static final Duration LONGEST_FETCH = Duration.ofSeconds(30);

    private final Path directory;
    private final @Nullable Peer strategy;

    IdListStore(Path directory, @Nullable Peer strategy) throws IOException {
        this.directory = directory;
        this.strategy = strategy;
        Files.createDirectories(directory);
    }

    @Override
    public ListContent load(IdList list) throws IOException, Refused {
        Path file = directory.resolve(list.sha256());
        if (Files.exists(file)) {
            return verified(list, Files.readAllBytes(file));
        }
        if (strategy == null) {
            throw new IOException("there is no list of ids " + file);
        }
        try {
            return IdListDownload.fetch(strategy, list, directory, LONGEST_FETCH);
        } catch (Rejected e) {
            throw refused(list, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static ListContent verified(IdList list, byte[] bytes) throws Refused {
        try {
            return ListContent.of(list, ByteBuffer.wrap(bytes));
        } catch (Rejected e) {
            throw refused(list, e);
        }
    }

    private static Refused refused(IdList list, Rejected e) {
        return new Refused(
                Refused.Reason.ID_LIST,
                "the list of ids " + list.sha256() + " is not what its digest says: "
                        + e.rejection().message());
    }
}
