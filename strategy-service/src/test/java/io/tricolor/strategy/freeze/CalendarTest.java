package io.tricolor.strategy.freeze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.contracts.freeze.FreezeWindow;
import io.tricolor.contracts.group.WeeklyTime;
import java.time.DayOfWeek;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalendarTest {

    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    private static FreezeWindow once(String name, @Nullable String from, @Nullable String until) {
        return new FreezeWindow(
                name,
                null,
                null,
                from == null ? null : Instant.parse(from),
                until == null ? null : Instant.parse(until),
                List.of(),
                "why");
    }

    private static FreezeWindow weekly(DayOfWeek day, String from, String to) {
        return new FreezeWindow(
                "weekly",
                null,
                null,
                null,
                null,
                List.of(new WeeklyTime(List.of(day), from, to, "Europe/Berlin")),
                "why");
    }

    private static Calendar after(Calendar calendar, FreezeCommand command) {
        Calendar next = calendar;
        for (FreezeEvent event : calendar.decide(command)) {
            next = next.evolve(event);
        }
        return next;
    }

    private static Calendar with(FreezeWindow... windows) {
        Calendar calendar = Calendar.EMPTY;
        for (FreezeWindow window : windows) {
            calendar = after(calendar, new FreezeCommand.Add(window, "ann", NOW));
        }
        return calendar;
    }

    private static void assertRefused(Code code, Calendar calendar, FreezeCommand command) {
        assertThatThrownBy(() -> calendar.decide(command))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(code));
    }

    @Test
    void refuses_who_has_seen_another_version() {
        Calendar calendar = with(once("first", "2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"));
        calendar.expect(null);
        calendar.expect(0L);
        assertThatThrownBy(() -> calendar.expect(7L)).isInstanceOfSatisfying(Rejected.class, e -> {
            assertThat(e.rejection().code()).isEqualTo(Code.VERSION_MISMATCH);
            assertThat(e.rejection().message()).isEqualTo("the freeze calendar is at version 0, not 7");
        });
    }

    @Test
    void knows_which_groups_a_window_is_about() {
        Calendar calendar = with(
                new FreezeWindow("all", null, null, NOW, NOW.plusSeconds(9), List.of(), "why"),
                new FreezeWindow("prod", "prod", null, NOW, NOW.plusSeconds(9), List.of(), "why"),
                new FreezeWindow("shop", null, "shop", NOW, NOW.plusSeconds(9), List.of(), "why"));
        assertThat(calendar.inForce("shop", "prod", NOW))
                .extracting(FreezeWindow::name)
                .containsExactly("all", "prod", "shop");
        assertThat(calendar.inForce("shop", "test", NOW))
                .extracting(FreezeWindow::name)
                .containsExactly("all", "shop");
        assertThat(calendar.inForce("mail", "prod", NOW))
                .extracting(FreezeWindow::name)
                .containsExactly("all", "prod");
        assertThat(calendar.inForce("shop", "prod", NOW.minusMillis(1))).isEmpty();
        assertThat(calendar.inForce("shop", "prod", NOW.plusSeconds(9))).isEmpty();
    }

    /** Berlin: clocks go forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00. */
    @ParameterizedTest
    @CsvSource({
        "FRIDAY,   18:00, 00:00, 2026-01-16T16:59:59Z, ",
        "FRIDAY,   18:00, 00:00, 2026-01-16T17:00:00Z, 2026-01-16T23:00:00Z",
        "FRIDAY,   18:00, 00:00, 2026-01-16T23:00:00Z, ",
        "FRIDAY,   18:00, 06:00, 2026-01-17T04:59:59Z, 2026-01-17T05:00:00Z",
        "SATURDAY, 22:00, 06:00, 2026-03-28T22:00:00Z, 2026-03-29T04:00:00Z",
        "SATURDAY, 22:00, 06:00, 2026-10-24T21:00:00Z, 2026-10-25T05:00:00Z",
        "SUNDAY,   02:00, 02:30, 2026-03-29T01:00:00Z, ",
        "SUNDAY,   00:00, 00:00, 2026-03-28T23:00:00Z, 2026-03-29T22:00:00Z"
    })
    void ends_by_the_wall_clock(DayOfWeek day, String from, String to, String at, @Nullable String end) {
        assertThat(weekly(day, from, to)
                        .endsAfter(Instant.parse(at))
                        .map(Instant::toString)
                        .orElse(null))
                .isEqualTo(end);
    }

    @Test
    void takes_one_window_of_a_name_and_the_same_one_twice() {
        FreezeWindow window = once("stop", "2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z");
        Calendar calendar = with(window);
        assertThat(calendar.decide(new FreezeCommand.Add(window, "bob", NOW))).isEmpty();
        FreezeWindow longer = once("stop", "2026-01-15T12:00:00Z", "2026-01-15T14:00:00Z");
        assertRefused(Code.FREEZE_WINDOW_EXISTS, calendar, new FreezeCommand.Add(longer, "bob", NOW));
        assertThat(after(calendar, new FreezeCommand.Put(longer, "bob", NOW)).windows())
                .containsValue(longer);
        assertRefused(Code.FREEZE_WINDOW_NOT_FOUND, calendar, new FreezeCommand.Lift("other", "why", "bob", NOW));
        Calendar lifted = after(calendar, new FreezeCommand.Lift("stop", "why", "bob", NOW));
        assertThat(lifted.windows()).isEmpty();
        assertThat(lifted.version()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "Stop, 2026-01-15T12:00:00Z, 2026-01-15T13:00:00Z",
        "'', 2026-01-15T12:00:00Z, 2026-01-15T13:00:00Z",
        "stop, 2026-01-15T12:00:00Z, 2026-01-15T12:00:00Z",
        "stop, 2026-01-15T10:00:00Z, 2026-01-15T12:00:00Z",
        "stop, 2026-01-15T12:00:00Z, 2027-01-17T12:00:00Z",
        "stop, , 2026-01-15T13:00:00Z",
        "stop, 2026-01-15T12:00:00Z,",
        "stop, ,",
        "stop, 2026-01-15T12:00:00Z, +1000000000-12-31T23:59:59Z"
    })
    void refuses_what_is_no_window(String name, @Nullable String from, @Nullable String until) {
        assertRefused(
                Code.INVALID_FREEZE_WINDOW, Calendar.EMPTY, new FreezeCommand.Add(once(name, from, until), "ann", NOW));
    }

    @Test
    void refuses_weekly_times_that_are_none_and_a_window_of_both_kinds() {
        WeeklyTime sound = new WeeklyTime(List.of(DayOfWeek.MONDAY), "08:00", "09:00", "Europe/Berlin");
        WeeklyTime nowhere = new WeeklyTime(List.of(DayOfWeek.MONDAY), "08:00", "09:00", "Nowhere");
        for (FreezeWindow window : List.of(
                new FreezeWindow("w", null, null, null, null, List.of(sound, nowhere), "why"),
                new FreezeWindow("w", null, null, NOW, NOW.plusSeconds(9), List.of(sound), "why"),
                new FreezeWindow("w", null, null, null, NOW.plusSeconds(9), List.of(sound), "why"),
                new FreezeWindow("w", "Prod", null, null, null, List.of(sound), "why"))) {
            assertRefused(Code.INVALID_FREEZE_WINDOW, Calendar.EMPTY, new FreezeCommand.Add(window, "ann", NOW));
        }
    }

    @Test
    void is_bounded_and_what_is_over_makes_room() {
        Calendar calendar = Calendar.EMPTY;
        for (int i = 0; i < 500; i++) {
            calendar = after(
                    calendar,
                    new FreezeCommand.Add(
                            new FreezeWindow("w" + i, null, "shop", NOW, NOW.plusSeconds(i + 1), List.of(), "why"),
                            "ann",
                            NOW));
        }
        FreezeWindow more = new FreezeWindow("more", null, null, NOW, NOW.plusSeconds(9_999), List.of(), "why");
        assertRefused(Code.INVALID_FREEZE_WINDOW, calendar, new FreezeCommand.Add(more, "ann", NOW));
        Calendar full = after(calendar, new FreezeCommand.Add(more, "ann", NOW.plusSeconds(100)));
        assertThat(full.windows())
                .hasSize(401)
                .containsKey("more")
                .doesNotContainKey("w99")
                .containsKey("w100");
    }
}
