package io.tricolor.marathon.plan;

import io.tricolor.marathon.app.AppDefinition.KillSelection;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Who goes first when there are too many. */
public final class Victims {

    private Victims() {}

    /** How far an instance has come. The earlier in this list, the earlier it goes. */
    public enum Progress {
        /** Files are being fetched. */
        STAGING,
        /** Runs, is not healthy. */
        UNHEALTHY,
        /** Runs and is healthy. */
        HEALTHY
    }

    /** One who may be chosen. */
    public record Candidate(String taskId, Progress progress, Instant since) {}

    /** The {@code count} to kill. */
    public static List<String> choose(Collection<Candidate> candidates, int count, KillSelection selection) {
        Comparator<Candidate> age = Comparator.comparing(Candidate::since);
        return candidates.stream()
                .sorted(Comparator.comparing(Candidate::progress)
                        .thenComparing(selection == KillSelection.OLDEST_FIRST ? age : age.reversed())
                        .thenComparing(Candidate::taskId))
                .limit(Math.max(0, count))
                .map(Candidate::taskId)
                .toList();
    }
}
