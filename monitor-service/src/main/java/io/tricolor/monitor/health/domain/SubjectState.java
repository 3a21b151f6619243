package io.tricolor.monitor.health.domain;

import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.health.HealthForgotten;
import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.List;

/**
 * The health of a subject, and how it changes.
 *
 * @param known whether it is shown: it was observed, and is not forgotten
 * @param since when the status was recorded
 * @param nextSequence sequence of the next event
 */
public record SubjectState(HealthStatus status, boolean known, Instant since, long nextSequence) {

    /** Of a subject that nobody has observed yet. */
    public static final SubjectState UNSEEN = new SubjectState(HealthStatus.UNKNOWN, false, Instant.EPOCH, 0);

    /** A change when another status was observed often enough, else nothing. */
    public List<HealthEvent> decide(RecordObservation command) {
        if (command.status() == status || command.equalObservations() < command.neededObservations()) {
            return List.of();
        }
        return List.of(new HealthChanged(
                command.subjectId(), nextSequence, status, command.status(), command.details(), command.at()));
    }

    /** The end of what is known, when nothing has been known of its health for long enough. */
    public List<HealthEvent> decide(ForgetSubject command) {
        if (!known || status != HealthStatus.UNKNOWN || since.isAfter(command.goneBefore())) {
            return List.of();
        }
        return List.of(new HealthForgotten(command.subjectId(), nextSequence, since, command.at()));
    }

    /** The state after an event. */
    public SubjectState evolve(HealthEvent event) {
        return switch (event) {
            case HealthChanged changed -> new SubjectState(changed.now(), true, changed.at(), changed.sequence() + 1);
            case HealthForgotten forgotten ->
                new SubjectState(HealthStatus.UNKNOWN, false, forgotten.at(), forgotten.sequence() + 1);
        };
    }
}
