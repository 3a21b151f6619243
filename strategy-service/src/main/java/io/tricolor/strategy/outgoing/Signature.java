package io.tricolor.strategy.outgoing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 over what leaves the suite, so that a receiver knows where it comes from. */
public final class Signature {

    /** Header that carries it. */
    public static final String HEADER = "Tricolor-Signature";

    private Signature() {}

    /** Value of the header: {@code t=<seconds>,v1=<hex>} over {@code <seconds>.<body>}. */
    public static String of(String secret, String body, Instant now) {
        long time = now.getEpochSecond();
        return "t=" + time + ",v1=" + HexFormat.of().formatHex(hmac(secret, time + "." + body));
    }

    /** The plain code. */
    public static byte[] hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
