package io.tricolor.marathon.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.app.AppDefinition.KillSelection;
import io.tricolor.marathon.plan.Victims.Candidate;
import io.tricolor.marathon.plan.Victims.Progress;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class VictimsTest {

    private static final List<Candidate> CANDIDATES = List.of(
            new Candidate("old", Progress.HEALTHY, Instant.ofEpochSecond(1)),
            new Candidate("young", Progress.HEALTHY, Instant.ofEpochSecond(3)),
            new Candidate("ill", Progress.UNHEALTHY, Instant.ofEpochSecond(2)),
            new Candidate("staging", Progress.STAGING, Instant.ofEpochSecond(4)));

    @Test
    void who_has_come_least_far_goes_first_then_the_selection_decides() {
        assertThat(Victims.choose(CANDIDATES, 3, KillSelection.YOUNGEST_FIRST))
                .containsExactly("staging", "ill", "young");
        assertThat(Victims.choose(CANDIDATES, 3, KillSelection.OLDEST_FIRST)).containsExactly("staging", "ill", "old");
        assertThat(Victims.choose(CANDIDATES, -1, KillSelection.OLDEST_FIRST)).isEmpty();
    }
}
