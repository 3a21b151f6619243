package io.tricolor.contracts.group;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;

/**
 * A time of the week, on the wall clock of a place.
 *
 * <p>It is by what the clock on the wall shows: on the day on which clocks go forward an hour that does not exist is
 * not in it, and on the day on which they go back the hour that comes twice is in it twice.
 *
 * @param days on which it begins; not empty
 * @param from {@code HH:MM}, part of it
 * @param to {@code HH:MM}, no part of it; at or before {@code from}: on the next day
 * @param zone a name of the IANA time zone database, for example {@code Europe/Berlin}
 */
public record WeeklyTime(List<DayOfWeek> days, String from, String to, String zone) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public WeeklyTime {
        days = days == null ? List.of() : List.copyOf(days);
    }

    /** Whether it is that time; the time has to be {@link #isSound sound}. */
    public boolean contains(Instant instant) {
        ZonedDateTime there = instant.atZone(ZoneId.of(zone));
        LocalTime begins = LocalTime.parse(from);
        LocalTime ends = LocalTime.parse(to);
        LocalTime clock = there.toLocalTime();
        boolean beganToday = days.contains(there.getDayOfWeek());
        if (begins.isBefore(ends)) {
            return beganToday && !clock.isBefore(begins) && clock.isBefore(ends);
        }
        boolean beganYesterday = days.contains(there.getDayOfWeek().minus(1));
        return (beganToday && !clock.isBefore(begins)) || (beganYesterday && clock.isBefore(ends));
    }

    /** When it ends, for an instant that it {@link #contains}. */
    public Instant endsAfter(Instant instant) {
        ZonedDateTime there = instant.atZone(ZoneId.of(zone));
        LocalTime ends = LocalTime.parse(to);
        LocalDate day = ends.isAfter(there.toLocalTime())
                ? there.toLocalDate()
                : there.toLocalDate().plusDays(1);
        return day.atTime(ends).atZone(ZoneId.of(zone)).toInstant();
    }

    /** Whether it can be read: it has days, its times are times, and its zone is known. */
    @SuppressWarnings({"NullAway", "ReturnValueIgnored"}) // a JSON reader passes null for what is missing
    public static boolean isSound(WeeklyTime time) {
        if (time.days.isEmpty() || time.from == null || time.to == null || time.zone == null) {
            return false;
        }
        try {
            return time.from.length() == 5
                    && time.to.length() == 5
                    && LocalTime.parse(time.from).isBefore(LocalTime.MAX)
                    && LocalTime.parse(time.to).isBefore(LocalTime.MAX)
                    && ZoneId.getAvailableZoneIds().contains(time.zone);
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** For people. */
    public String inWords() {
        return String.join(" ", days.stream().map(DayOfWeek::name).toList()) + " " + from + " to " + to + " " + zone;
    }
}
