package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.health.HealthStatus;
import java.util.List;

/**
 * The health of a subject, and how it changes.
 *
 * @param nextSequence sequence of the next event
 */
public record SubjectState(HealthStatus status, long nextSequence) {

    /** Of a subject that nobody has seen yet. */
    public static final SubjectState UNSEEN = new SubjectState(HealthStatus.UNKNOWN, 0);

    /** A change when another status was seen often enough, else nothing. */
    public List<HealthEvent> decide(RecordSightings command) {
        if (command.status() == status || command.equalSightings() < command.neededSightings()) {
            return List.of();
        }
        return List.of(new HealthChanged(
                command.subjectId(), nextSequence, status, command.status(), command.details(), command.at()));
    }

    /** The state after an event. */
    public SubjectState evolve(HealthEvent event) {
        return switch (event) {
            case HealthChanged changed -> new SubjectState(changed.now(), changed.sequence() + 1);
        };
    }
}
