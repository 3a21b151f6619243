package io.tricolor.config.namespace.draft;

import java.time.Instant;
import java.util.List;

/**
 * A draft without its values.
 *
 * @param version from 1, rises with every change
 * @param base revision that it is made on, 0 for none
 * @param authors everybody who has written it
 */
public record DraftView(
        String namespace, long version, long base, String sha256, List<String> authors, Instant updatedAt) {}
