package io.tricolor.config.namespace.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A revision without its values.
 *
 * @param restored the earlier revision whose content it has, null unless it came from a rollback
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RevisionView(
        String namespace,
        long revision,
        String sha256,
        @Nullable Long restored,
        List<String> changedKeys,
        String reason,
        String actor,
        Instant publishedAt) {}
