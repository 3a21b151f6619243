package io.tricolor.contracts.config;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * An earlier revision's content became current again, as a new revision.
 *
 * @param revision the new one
 * @param restored the earlier one whose content it has
 */
@EventType("config.rolled-back")
public record ConfigRolledBack(
        String namespace,
        long revision,
        long restored,
        String sha256,
        List<String> changedKeys,
        String reason,
        Instant at)
        implements ConfigEvent {}
