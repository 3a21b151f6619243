package io.tricolor.strategy.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.audit.AuditRootSigned;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a root says.
 *
 * @param previous SHA-256 of the document of the root before, null in the first one
 * @param streams how many have events
 * @param heads SHA-256 over all heads, see {@link AllHeads}
 * @param changed heads that are new since the root before, by stream
 */
record Root(
        long number,
        @Nullable String previous,
        Instant at,
        long streams,
        String heads,
        SortedMap<String, Head> changed) {

    /** The newest link of a stream. */
    record Head(long sequence, String hash) {}

    /** Copies the map. */
    Root {
        changed = new TreeMap<>(changed);
    }

    AuditRootSigned sign(PrivateKey key, PublicKey publicKey) {
        String document = CanonicalJson.text(this);
        return new AuditRootSigned(
                number,
                at,
                document,
                Base64.getEncoder().encodeToString(AuditKey.sign(key, document.getBytes(UTF_8))),
                Hash.sha256(publicKey.getEncoded()));
    }

    /** What a signed root says, whoever signed it. Throws Jackson's exception for a document that is none. */
    static Root in(AuditRootSigned signed) {
        return ContractsJson.mapper().readValue(signed.document(), Root.class);
    }

    static boolean isSignedBy(PublicKey key, AuditRootSigned signed) {
        try {
            return AuditKey.verifies(
                    key, signed.document().getBytes(UTF_8), Base64.getDecoder().decode(signed.signature()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static String hashOf(AuditRootSigned signed) {
        return Hash.sha256(signed.document().getBytes(UTF_8));
    }

    /** The digest over all heads, which come in the order of the streams' ids as UTF-8 bytes. */
    static final class AllHeads {

        private final Hash hash = new Hash("tricolor-audit-heads-1");
        private long count;

        void add(String stream, long sequence, byte[] head) {
            hash.text(stream).number(sequence).bytes(head);
            count++;
        }

        long count() {
            return count;
        }

        String digest() {
            return Hash.hex(hash.done());
        }
    }
}
