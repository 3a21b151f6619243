package io.tricolor.strategy.freeze;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.contracts.freeze.FreezeWindow;
import io.tricolor.contracts.freeze.FreezeWindowLifted;
import io.tricolor.contracts.freeze.FreezeWindowSet;
import io.tricolor.contracts.group.WeeklyTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The windows that there are, as the stream tells. Immutable.
 *
 * @param version position of the last event taken in; -1 before the first
 * @param windows by name; those that are over stay until they are lifted or others need their room
 */
record Calendar(long version, SortedMap<String, FreezeWindow> windows) {

    /** The one stream. No group can have its name. */
    static final String ID = "freeze.calendar";

    static final Calendar EMPTY = new Calendar(-1, Collections.emptySortedMap());

    private static final int MAX_WINDOWS = 500;
    private static final int MAX_TIMES = 50;
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,38}[a-z0-9])?");

    /** Refuses who has seen another version; null: any is right. */
    void expect(@Nullable Long expectedVersion) {
        if (expectedVersion != null && expectedVersion != version) {
            throw new Rejected(
                    Code.VERSION_MISMATCH, "the freeze calendar is at version " + version + ", not " + expectedVersion);
        }
    }

    /** What follows from a command; an empty list says that it is fulfilled already. */
    List<FreezeEvent> decide(FreezeCommand command) {
        return switch (command) {
            case FreezeCommand.Add c -> {
                if (windows.containsKey(c.window().name())
                        && !c.window().equals(windows.get(c.window().name()))) {
                    throw new Rejected(
                            Code.FREEZE_WINDOW_EXISTS,
                            "there is a freeze window " + c.window().name() + " already");
                }
                yield set(c.window(), c);
            }
            case FreezeCommand.Put c -> set(c.window(), c);
            case FreezeCommand.Lift c -> {
                if (!windows.containsKey(c.window())) {
                    throw new Rejected(Code.FREEZE_WINDOW_NOT_FOUND, "there is no freeze window " + c.window());
                }
                yield List.of(new FreezeWindowLifted(ID, c.window(), c.actor(), c.reason(), c.at()));
            }
        };
    }

    private List<FreezeEvent> set(FreezeWindow window, FreezeCommand command) {
        check(window, command.at());
        if (window.equals(windows.get(window.name()))) {
            return List.of();
        }
        long others = windows.values().stream()
                .filter(other -> !other.name().equals(window.name()) && !other.isOver(command.at()))
                .count();
        require(others < MAX_WINDOWS, "there are " + MAX_WINDOWS + " freeze windows already; lift some");
        return List.of(new FreezeWindowSet(ID, window, command.actor(), command.at()));
    }

    private static void check(FreezeWindow window, Instant now) {
        require(
                NAME.matcher(window.name()).matches(),
                "the name of a freeze window is at most 40 lower-case letters, digits and dashes");
        for (String scope : new String[] {window.environment(), window.groupId()}) {
            require(
                    scope == null || NAME.matcher(scope).matches(),
                    "environment and groupId are at most 40 lower-case letters, digits and dashes");
        }
        Instant from = window.from();
        Instant until = window.until();
        boolean isOnce = from != null || until != null;
        require(
                isOnce != !window.weekly().isEmpty(),
                "a freeze window comes once, by from and until, or has weekly times");
        if (isOnce) {
            if (from == null || until == null) {
                throw new Rejected(Code.INVALID_FREEZE_WINDOW, "a freeze window that comes once has from and until");
            }
            require(
                    from.isBefore(until) && now.isBefore(until),
                    "until of a freeze window lies after from and in the future");
            require(
                    until.isBefore(Instant.parse("9999-01-01T00:00:00Z"))
                            && Duration.between(from, until).compareTo(LONGEST) <= 0,
                    "a freeze window lasts at most " + LONGEST.toDays() + " days");
        }
        require(window.weekly().size() <= MAX_TIMES, "a freeze window has at most " + MAX_TIMES + " weekly times");
        window.weekly()
                .forEach(time -> require(
                        WeeklyTime.isSound(time),
                        "a weekly time has days, from and to as HH:MM, and a zone like Europe/Berlin"));
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new Rejected(Code.INVALID_FREEZE_WINDOW, message);
        }
    }

    /** The calendar after an event, which is the next one. What is over makes room for what is set. */
    Calendar evolve(FreezeEvent event) {
        SortedMap<String, FreezeWindow> next = new TreeMap<>(windows);
        switch (event) {
            case FreezeWindowSet e -> {
                if (next.size() >= MAX_WINDOWS) {
                    next.values().removeIf(window -> window.isOver(e.at()));
                }
                next.put(e.window().name(), e.window());
            }
            case FreezeWindowLifted e -> next.remove(e.window());
        }
        return new Calendar(version + 1, Collections.unmodifiableSortedMap(next));
    }

    /** Windows that are in force for a group. */
    List<FreezeWindow> inForce(String groupId, String environment, Instant now) {
        return windows.values().stream()
                .filter(window -> window.appliesTo(groupId, environment)
                        && window.endsAfter(now).isPresent())
                .toList();
    }
}
