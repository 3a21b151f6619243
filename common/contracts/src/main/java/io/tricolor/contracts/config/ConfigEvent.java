package io.tricolor.contracts.config;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Facts about a configuration namespace ({@code <application>/<profile>/<label>}), on topic
 * {@code tricolor.config.events.v1}, key namespace.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface ConfigEvent permits ConfigRevisionPublished, ConfigRolledBack {

    /** Stream identifier: {@code <application>/<profile>/<label>}. */
    String namespace();
}
