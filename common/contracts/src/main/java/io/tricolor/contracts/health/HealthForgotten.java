package io.tricolor.contracts.health;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A subject that has not been registered for long is no longer known. On Kafka a tombstone of the same key follows, so
 * compaction removes the subject. Should it come back, it begins at {@link HealthStatus#UNKNOWN}, and its sequence goes
 * on.
 *
 * @param sequence the next of the subject's, like that of a change
 * @param goneSince when it was recorded that the subject is not registered any more
 */
@EventType("health.forgotten")
public record HealthForgotten(String subjectId, long sequence, Instant goneSince, Instant at) implements HealthEvent {}
