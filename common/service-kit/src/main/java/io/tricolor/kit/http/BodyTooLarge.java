package io.tricolor.kit.http;

import java.io.IOException;

/** The other side sends more than the caller takes. */
public final class BodyTooLarge extends IOException {

    private static final long serialVersionUID = 1L;

    BodyTooLarge(String client, long maxBytes) {
        super(client + ": the body of the answer is larger than " + maxBytes + " bytes");
    }
}
