package io.tricolor.monitor.health.domain;

import static io.tricolor.contracts.health.HealthStatus.DOWN;
import static io.tricolor.contracts.health.HealthStatus.UNKNOWN;
import static io.tricolor.contracts.health.HealthStatus.UP;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.health.HealthForgotten;
import io.tricolor.contracts.health.HealthStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SubjectStateTest {

    private static final String SUBJECT = "service/x/127.0.0.1:1";
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void first_change_comes_after_enough_equal_observations() {
        assertThat(changes(2, UP)).isEmpty();
        assertThat(changes(2, UP, UP)).containsExactly(change(0, UNKNOWN, UP));
        assertThat(changes(1, UP)).containsExactly(change(0, UNKNOWN, UP));
        assertThat(changes(3, UP, UP, UP)).containsExactly(change(0, UNKNOWN, UP));
    }

    @Test
    void one_bad_observation_among_good_ones_changes_nothing() {
        assertThat(changes(2, UP, UP, DOWN, UP, DOWN, UP, UNKNOWN, UP)).containsExactly(change(0, UNKNOWN, UP));
    }

    @Test
    void no_data_is_unknown_and_never_up() {
        assertThat(changes(2, UNKNOWN, UNKNOWN, UNKNOWN)).isEmpty();
        assertThat(changes(2, UP, UP, UNKNOWN, UNKNOWN))
                .containsExactly(change(0, UNKNOWN, UP), change(1, UP, UNKNOWN));
    }

    @Test
    void going_on_as_before_adds_no_event() {
        assertThat(changes(2, UP, UP, UP, UP, UP, DOWN, DOWN, DOWN, DOWN, UP, UP, UP))
                .containsExactly(change(0, UNKNOWN, UP), change(1, UP, DOWN), change(2, DOWN, UP));
    }

    @Test
    void sequence_rises_by_one_and_every_event_starts_where_the_last_one_ended() {
        Random random = new Random(11);
        for (int needed = 1; needed <= 4; needed++) {
            HealthStatus[] seen = new HealthStatus[2_000];
            for (int i = 0; i < seen.length; i++) {
                seen[i] = HealthStatus.values()[random.nextInt(3)];
            }
            List<HealthChanged> changes = changes(needed, seen);
            HealthStatus last = UNKNOWN;
            for (int i = 0; i < changes.size(); i++) {
                assertThat(changes.get(i).sequence()).isEqualTo(i);
                assertThat(changes.get(i).before()).isEqualTo(last);
                assertThat(changes.get(i).now()).isNotEqualTo(last);
                last = changes.get(i).now();
            }
            assertThat(changes).isNotEmpty();
        }
    }

    @Test
    void what_has_been_unknown_for_long_is_forgotten_once_and_may_come_back() {
        SubjectState gone = SubjectState.UNSEEN.evolve(change(0, UNKNOWN, UP)).evolve(change(1, UP, UNKNOWN));
        assertThat(gone.decide(new ForgetSubject(SUBJECT, AT.minusMillis(1), AT)))
                .isEmpty();
        List<HealthEvent> forgotten = gone.decide(new ForgetSubject(SUBJECT, AT, AT.plusSeconds(3600)));
        assertThat(forgotten).containsExactly(new HealthForgotten(SUBJECT, 2, AT, AT.plusSeconds(3600)));
        SubjectState after = gone.evolve(forgotten.getFirst());
        assertThat(after.known()).isFalse();
        assertThat(after.decide(new ForgetSubject(SUBJECT, AT.plusSeconds(9000), AT.plusSeconds(9000))))
                .isEmpty();
        assertThat(after.decide(new RecordObservation(SUBJECT, UP, 2, 2, new TreeMap<>(), AT)))
                .containsExactly(change(3, UNKNOWN, UP));
    }

    @Test
    void what_is_up_or_down_or_was_never_seen_is_not_forgotten() {
        ForgetSubject command = new ForgetSubject(SUBJECT, AT.plusSeconds(3600), AT.plusSeconds(3600));
        assertThat(SubjectState.UNSEEN.decide(command)).isEmpty();
        assertThat(SubjectState.UNSEEN.evolve(change(0, UNKNOWN, UP)).decide(command))
                .isEmpty();
        assertThat(SubjectState.UNSEEN.evolve(change(0, UNKNOWN, DOWN)).decide(command))
                .isEmpty();
    }

    private static HealthChanged change(long sequence, HealthStatus before, HealthStatus now) {
        return new HealthChanged("service/x/127.0.0.1:1", sequence, before, now, new TreeMap<>(), AT);
    }

    /** What a stream of observations leads to, when every observation is recorded. */
    private static List<HealthChanged> changes(int needed, HealthStatus... seen) {
        List<HealthChanged> changes = new ArrayList<>();
        SubjectState state = SubjectState.UNSEEN;
        Streak streak = null;
        for (HealthStatus status : seen) {
            streak = streak == null ? Streak.of(status) : streak.then(status);
            RecordObservation command = new RecordObservation(
                    "service/x/127.0.0.1:1", status, streak.length(), needed, new TreeMap<>(), AT);
            for (HealthEvent event : state.decide(command)) {
                state = state.evolve(event);
                changes.add((HealthChanged) event);
            }
        }
        return changes;
    }
}
