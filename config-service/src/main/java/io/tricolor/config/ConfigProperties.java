package io.tricolor.config;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What the configuration center serves.
 *
 * @param defaultLabel label of a client that names none
 * @param maxKeys keys of one revision
 * @param twoPeopleProfiles profiles in which one writes a draft and another publishes it
 */
@Validated
@ConfigurationProperties("tricolor.config")
public record ConfigProperties(
        @NotBlank @DefaultValue("main") String defaultLabel,
        @Min(1) @Max(100_000) @DefaultValue("10000") int maxKeys,
        @DefaultValue Set<String> twoPeopleProfiles) {

    /** Copies the set. */
    public ConfigProperties {
        twoPeopleProfiles = Set.copyOf(twoPeopleProfiles);
    }
}
