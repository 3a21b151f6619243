package io.tricolor.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The content of an {@link IdList}, proven to be it: as long as the reference says, in the order that its kind asks
 * for, of the same sha256. Immutable; any number of threads may ask it.
 */
public sealed interface ListContent permits SortedIds, SortedIntervals {

    /** What names this content. */
    IdList reference();

    /** Whether the id is one of the list, or lies in one of its intervals: a binary search. */
    boolean contains(long id);

    /**
     * Takes content over; it must not be changed afterwards. Reads all of it.
     *
     * @param content from position to limit
     * @throws Rejected with INVALID_ARGUMENT when it is not what the reference names
     */
    static ListContent of(IdList reference, ByteBuffer content) {
        ByteBuffer bytes = content.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.remaining() != reference.bytes()) {
            throw wrong(reference, "has " + bytes.remaining() + " bytes, not " + reference.bytes());
        }
        String sha256 = sha256(bytes.duplicate());
        if (!sha256.equals(reference.sha256())) {
            throw wrong(reference, "has the sha256 " + sha256);
        }
        LongBuffer numbers = bytes.asLongBuffer();
        return switch (reference.kind()) {
            case IDS -> new SortedIds(reference, numbers);
            case INTERVALS -> new SortedIntervals(reference, numbers);
        };
    }

    /**
     * Maps a file into memory, outside of the heap; the mapping goes when nobody refers to it any more. The file may be
     * deleted or replaced by another one meanwhile, but must never be written to.
     *
     * @throws Rejected with INVALID_ARGUMENT when the content is not what the reference names
     * @throws IOException when there is no such file, or it cannot be read
     */
    static ListContent map(IdList reference, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != reference.bytes()) {
                throw wrong(reference, "has " + channel.size() + " bytes, not " + reference.bytes());
            }
            return of(reference, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /** What to throw when the content of a list is something else. */
    static Rejected wrong(IdList reference, String what) {
        return new Rejected(
                Rejection.Code.INVALID_ARGUMENT, "the content of id list " + reference.sha256() + " " + what);
    }

    private static String sha256(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
