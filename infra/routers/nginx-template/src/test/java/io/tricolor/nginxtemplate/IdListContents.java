package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.ListContent;
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

/** Lists in memory. */
final class IdListContents {

    /** Has no list. */
    static final IdListSource NONE = of();

    private IdListContents() {}

    static ListContent content(long... ids) {
        byte[] bytes = bytes(ids);
        return ListContent.of(new IdList(sha256(bytes), ids.length), ByteBuffer.wrap(bytes));
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

    static IdListSource of(byte[]... contents) {
        Map<String, byte[]> bySha256 =
                Stream.of(contents).collect(Collectors.toMap(IdListContents::sha256, Function.identity()));
        return list -> {
            byte[] content = bySha256.get(list.sha256());
            if (content == null) {
                throw new FileNotFoundException(list.sha256());
            }
            return ListContent.of(list, ByteBuffer.wrap(content));
        };
    }
}
