package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.SortedIds;
import java.io.FileNotFoundException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Lists of ids in memory. */
final class IdListContents {

    /** Has no list. */
    static final IdListSource NONE = of();

    private IdListContents() {}

    static SortedIds content(long... ids) {
        byte[] bytes = bytes(ids);
        return SortedIds.of(new IdList(sha256(bytes), ids.length), ByteBuffer.wrap(bytes));
    }

    static byte[] bytes(long... ids) {
        ByteBuffer buffer = ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        LongStream.of(ids).forEach(buffer::putLong);
        return buffer.array();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static IdListSource of(SortedIds... contents) {
        Map<IdList, SortedIds> byReference =
                Stream.of(contents).collect(Collectors.toMap(SortedIds::reference, Function.identity()));
        return list -> {
            SortedIds content = byReference.get(list);
            if (content == null) {
                throw new FileNotFoundException(list.sha256());
            }
            return content;
        };
    }
}
