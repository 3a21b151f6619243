package io.tricolor.config.secret;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where the master keys are.
 *
 * @param keysFile a file in the properties format, {@code <id>=<32 bytes in Base64>} each, and {@code primary=<id>};
 *     null: nothing is encrypted, and what clients encrypted for themselves is handed on as it is
 */
@ConfigurationProperties("tricolor.config.encryption")
public record EncryptionProperties(@Nullable String keysFile) {}
