package io.tricolor.contracts.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Refused commands of one actor that are counted instead of recorded one by one, because there were too many of them.
 *
 * @param service that was asked
 * @param actor who; null for all those without a good token together, and {@code others} when too many actors were
 *     refused to keep them apart
 * @param count of the commands, by code
 * @param from when the first of them was refused
 * @param at when they were counted up
 */
@EventType("audit.attempts-suppressed")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttemptsSuppressed(
        String service, @Nullable String actor, SortedMap<String, Long> count, Instant from, Instant at)
        implements AuditFact {}
