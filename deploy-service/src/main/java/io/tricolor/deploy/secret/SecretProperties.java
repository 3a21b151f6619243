package io.tricolor.deploy.secret;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where secrets are kept.
 *
 * @param directory with a file for each; null: none, the environment alone
 */
@ConfigurationProperties("tricolor.secrets")
record SecretProperties(@Nullable Path directory) {}
