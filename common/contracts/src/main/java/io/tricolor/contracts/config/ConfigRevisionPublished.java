package io.tricolor.contracts.config;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * A revision became the current one.
 *
 * @param revision from 1, rises by one with every publication in the namespace
 * @param sha256 of the canonical content; the content itself stays in the configuration center
 * @param changedKeys keys added, changed or removed since the revision before, sorted
 */
@EventType("config.revision-published")
public record ConfigRevisionPublished(
        String namespace, long revision, String sha256, List<String> changedKeys, String reason, Instant at)
        implements ConfigEvent {}
