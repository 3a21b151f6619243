package io.tricolor.kit.http;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/**
 * A whole answer.
 *
 * @param status any, a redirect included
 * @param headers of the answer
 * @param body all of it; empty when it was written elsewhere. Not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // of use for a moment, never compared
public record HttpAnswer(int status, HttpHeaders headers, byte[] body) {

    /** Whether the status is 2xx. */
    public boolean isOk() {
        return status / 100 == 2;
    }

    /** The body as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
