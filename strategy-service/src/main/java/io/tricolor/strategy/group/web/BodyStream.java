package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.routing.InlineCount;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A body on its way to the reader of JSON: bounded as a whole, and much closer in what is no id and no interval, of
 * which the reader makes objects. For one thread.
 */
final class BodyStream extends FilterInputStream {

    /** Most bytes of JSON beside ids and intervals. */
    static final int MAX_OTHER_BYTES = 2 << 20;

    private final int maxOtherBytes;
    private final InlineCount inline = new InlineCount();
    private long length;
    private long other;
    private boolean inList;

    /**
     * A body.
     *
     * @param maxOtherBytes most bytes outside of what is said to be a list
     */
    BodyStream(InputStream body, int maxOtherBytes) {
        super(body);
        this.maxOtherBytes = maxOtherBytes;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Counts the ids and intervals of this body. */
    InlineCount inline() {
        return inline;
    }

    /** A list of ids or intervals begins. */
    void beginList() {
        inList = true;
    }

    /** It is over. */
    void endList() {
        inList = false;
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        count(b < 0 ? 0 : 1);
        return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int most) throws IOException {
        int read = super.read(buffer, offset, most);
        count(Math.max(0, read));
        return read;
    }

    private void count(int bytes) {
        length += bytes;
        other += inList ? 0 : bytes;
        if (length > LargeBody.MAX_BYTES) {
            throw new Rejected(
                    Code.PAYLOAD_TOO_LARGE,
                    "the body is larger than " + LargeBody.MAX_BYTES + " bytes: upload a list and refer to it");
        }
        if (other > maxOtherBytes) {
            throw new Rejected(
                    Code.PAYLOAD_TOO_LARGE,
                    "the body has more than " + maxOtherBytes + " bytes beside the ids and intervals of its rules");
        }
    }
}
