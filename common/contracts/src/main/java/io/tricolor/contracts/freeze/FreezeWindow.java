package io.tricolor.contracts.freeze;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.WeeklyTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A time in which no upgrade of some groups begins or goes forward. It comes once, by {@code from} and {@code until},
 * or every week.
 *
 * @param name lower-case letters, digits and dashes
 * @param environment the groups of this environment; null: of all
 * @param groupId this group alone; null: every group of the environment
 * @param from its first instant; null for a weekly one
 * @param until the first instant after it; null for a weekly one
 * @param weekly empty for one that comes once
 * @param reason why, for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FreezeWindow(
        String name,
        @Nullable String environment,
        @Nullable String groupId,
        @Nullable Instant from,
        @Nullable Instant until,
        List<WeeklyTime> weekly,
        String reason) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public FreezeWindow {
        weekly = weekly == null ? List.of() : List.copyOf(weekly);
    }

    /** Whether it is about the group. */
    public boolean appliesTo(String group, String itsEnvironment) {
        return (groupId == null || groupId.equals(group))
                && (environment == null || environment.equals(itsEnvironment));
    }

    /** When the window ends in which {@code instant} lies; empty while it is not in force. */
    public Optional<Instant> endsAfter(Instant instant) {
        if (from != null && until != null) {
            return !instant.isBefore(from) && instant.isBefore(until) ? Optional.of(until) : Optional.empty();
        }
        return weekly.stream()
                .filter(time -> time.contains(instant))
                .map(time -> time.endsAfter(instant))
                .max(Comparator.naturalOrder());
    }

    /** Whether it will never be in force again. */
    public boolean isOver(Instant instant) {
        return until != null && !instant.isBefore(until);
    }

    /** When, for people. */
    public String inWords() {
        return weekly.isEmpty()
                ? "from " + from + " until " + until
                : String.join(" or ", weekly.stream().map(WeeklyTime::inWords).toList());
    }
}
