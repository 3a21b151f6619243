package io.tricolor.strategy.group.web;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Links by which a stage is approved.
 *
 * @param linkKey file with the key that they are signed with, 32 characters or more; null: there are no such links
 * @param linkValidity how long one can be used, above 0
 */
@ConfigurationProperties("tricolor.strategy")
record LinkProperties(
        @Nullable Path linkKey, @DefaultValue("24h") Duration linkValidity) {

    /** Throws {@link IllegalArgumentException} for what makes no sense. */
    LinkProperties {
        if (!linkValidity.isPositive()) {
            throw new IllegalArgumentException("tricolor.strategy.link-validity must be above 0, not " + linkValidity);
        }
    }
}
