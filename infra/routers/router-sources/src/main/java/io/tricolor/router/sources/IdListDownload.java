package io.tricolor.router.sources;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.ListContent;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Brings lists of ids and intervals from strategy-service to disk. */
public final class IdListDownload {

    /** How the name of a file ends whose content is not proven yet; one may be left behind by a crash. */
    public static final String TEMPORARY = ".tmp";

    private IdListDownload() {}

    /**
     * Fetches a list into a file with its sha256 as name, which is there only when the content is proven and durable.
     *
     * @param timeout of all of it
     * @return the content, mapped into memory
     * @throws IOException when the list cannot be had now, or more is sent than it has without a length said before;
     *     later it may be had
     * @throws Rejected when what is answered in its place is something else
     */
    public static ListContent fetch(Peer strategy, IdList list, Path directory, Duration timeout)
            throws IOException, InterruptedException {
        Path temporary = Files.createTempFile(directory, list.sha256() + "-", TEMPORARY);
        try {
            HttpResponse<Path> answer =
                    strategy.download("/api/id-lists/" + list.sha256(), temporary, list.bytes(), timeout);
            if (answer.statusCode() != 200) {
                throw new IOException(
                        "strategy-service answered " + answer.statusCode() + " for the list of ids " + list.sha256());
            }
            long length = answer.headers().firstValueAsLong("Content-Length").orElse(list.bytes());
            if (length != list.bytes()) {
                throw new Rejected(
                        Rejection.Code.INVALID_ARGUMENT,
                        "strategy-service answered " + length + " bytes for the list of ids " + list.sha256() + ", not "
                                + list.bytes());
            }
            ListContent content = ListContent.map(list, temporary);
            sync(temporary);
            Files.move(temporary, directory.resolve(list.sha256()), StandardCopyOption.ATOMIC_MOVE);
            sync(directory);
            return content;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
