package io.tricolor.monitor.health.domain;

import java.time.Instant;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/**
 * Says that a subject is not registered, and has not been for long.
 *
 * @param goneBefore it is forgotten only when it has been UNKNOWN since then or longer
 */
public record ForgetSubject(@TargetAggregateIdentifier String subjectId, Instant goneBefore, Instant at) {}
