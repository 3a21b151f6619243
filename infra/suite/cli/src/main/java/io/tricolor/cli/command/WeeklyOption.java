package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A time of the week in short: {@code mon-fri,18:00-08:00,Europe/Berlin}; days also one by one, {@code sat+sun}. */
final class WeeklyOption {

    private static final int SHORTEST_DAY = 3;

    private WeeklyOption() {}

    static ObjectNode parse(String text) {
        String[] parts = text.split(",", -1);
        String[] times = parts.length == 3 ? parts[1].split("-", -1) : new String[0];
        if (times.length != 2) {
            throw wrong(text);
        }
        ObjectNode time = JsonNodeFactory.instance.objectNode();
        ArrayNode days = time.putArray("days");
        for (String range : parts[0].split("\\+", -1)) {
            days(range, text).forEach(day -> days.add(day.name()));
        }
        return time.put("from", times[0].strip()).put("to", times[1].strip()).put("zone", parts[2].strip());
    }

    private static List<DayOfWeek> days(String range, String text) {
        String[] ends = range.split("-", -1);
        if (ends.length > 2) {
            throw wrong(text);
        }
        DayOfWeek day = day(ends[0], text);
        DayOfWeek last = day(ends[ends.length - 1], text);
        List<DayOfWeek> days = new ArrayList<>(List.of(day));
        while (day != last) {
            day = day.plus(1);
            days.add(day);
        }
        return days;
    }

    private static DayOfWeek day(String word, String text) {
        String upper = word.strip().toUpperCase(Locale.ROOT);
        for (DayOfWeek day : DayOfWeek.values()) {
            if (upper.length() >= SHORTEST_DAY && day.name().startsWith(upper)) {
                return day;
            }
        }
        throw wrong(text);
    }

    private static CliFailed wrong(String text) {
        return CliFailed.usage(
                "--weekly '" + text + "' is not DAYS,FROM-TO,ZONE", "for example mon-fri,18:00-08:00,Europe/Berlin");
    }
}
