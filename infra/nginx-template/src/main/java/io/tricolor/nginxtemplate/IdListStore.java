package io.tricolor.nginxtemplate;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Lists of ids on disk, by their digest; one that is not there is fetched from strategy-service. The content is sorted int64 without
 * duplicates, 8 bytes little-endian each, and is verified whenever it is read.
 */
final class IdListStore implements IdLists {

    private final Path directory;
    private final @Nullable Peer strategy;

    IdListStore(Path directory, @Nullable Peer strategy) throws IOException {
        this.directory = directory;
        this.strategy = strategy;
        Files.createDirectories(directory);
    }

    @Override
    public long[] load(GroupTable.IdList list) throws IOException, Refused {
        Path file = directory.resolve(list.sha256());
        if (Files.exists(file)) {
            return verified(list, Files.readAllBytes(file));
        }
        if (strategy == null) {
            throw new IOException("there is no list of ids " + file);
        }
        byte[] bytes = fetch(list, strategy);
        long[] ids = verified(list, bytes);
        Path temporary = directory.resolve(list.sha256() + ".tmp");
        Files.write(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return ids;
    }

    private static byte[] fetch(GroupTable.IdList list, Peer strategy) throws IOException {
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

    private static long[] verified(GroupTable.IdList list, byte[] bytes) throws Refused {
        if (bytes.length != 8L * list.count() || !sha256(bytes).equals(list.sha256())) {
            throw new Refused(
                    Refused.Reason.ID_LIST, "the list of ids " + list.sha256() + " is not what its digest says");
        }
        long[] ids = new long[list.count()];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(ids);
        for (int i = 1; i < ids.length; i++) {
            if (ids[i - 1] >= ids[i]) {
                throw new Refused(Refused.Reason.ID_LIST, "the list of ids " + list.sha256() + " is not ascending");
            }
        }
        return ids;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
