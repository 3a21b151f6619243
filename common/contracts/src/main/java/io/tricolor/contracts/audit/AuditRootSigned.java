package io.tricolor.contracts.audit;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A signed root of the hash chains of all streams of a service, on topic {@code tricolor.audit.roots.v1}, key: the
 * service's name. Whoever keeps roots can prove later that no event which they cover was changed.
 *
 * @param number from 1, rises by one
 * @param document the JSON text that is signed, to be taken as it is: {@code number}, {@code previous} (SHA-256 of the
 *     document before), {@code at}, {@code streams}, {@code heads} (SHA-256 over all heads), {@code changed} (heads by
 *     stream that are new since the root before)
 * @param signature Ed25519 over the UTF-8 bytes of {@code document}, in Base64
 * @param key SHA-256 of the public key in its X.509 form, in lower-case hexadecimal digits
 */
@EventType("audit.root-signed")
public record AuditRootSigned(long number, Instant at, String document, String signature, String key)
        implements AuditFact {}
