package io.tricolor.strategy.audit;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the history is proven.
 *
 * @param keyFile PEM file (PKCS#8) with the Ed25519 key that signs roots; without one events are chained and no root is
 *     signed
 * @param rootsFile where roots are appended to, one a line; keep a copy of it where nobody who may write to the
 *     database may write
 * @param every how long after the root before the next one may follow
 */
@ConfigurationProperties("tricolor.audit")
record AuditProperties(
        @Nullable Path keyFile,
        @DefaultValue("audit-roots.ndjson") Path rootsFile,
        @DefaultValue("1m") Duration every) {

    /** Throws {@link IllegalArgumentException} for a time that is not above zero. */
    AuditProperties {
        if (!every.isPositive()) {
            throw new IllegalArgumentException("tricolor.audit.every must be above 0, not " + every);
        }
    }
}
