package io.tricolor.monitor.gate.domain;

import io.tricolor.contracts.group.SeriesSelector;
import io.tricolor.monitor.drain.domain.SeriesLabels;
import java.util.Collections;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What one instance has counted since its start, as its own page in the text format of Prometheus says. */
public final class InstanceCounters {

    private static final Pattern STARTED = Pattern.compile("(?m)^process_start_time_seconds\\s+(\\S+)");
    private static final Pattern SERIES =
            Pattern.compile("(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*+)(?:\\{([^}\\n]*+)})?+[ \\t]+(\\S+)");

    private InstanceCounters() {}

    /**
     * Reads what a page says of two counters; lines that it cannot read are passed over.
     *
     * @param instance what it is an instance of
     */
    public static RouterCounters read(
            String page, RouterCounters.Cluster instance, SeriesSelector total, SeriesSelector bad) {
        double all = 0;
        double ofIt = 0;
        Matcher series = SERIES.matcher(page);
        while (series.find()) {
            boolean isAll = series.group(1).equals(total.name());
            boolean isBad = series.group(1).equals(bad.name());
            double value = isAll || isBad ? number(series.group(3)) : 0;
            if (value > 0) {
                Map<String, String> labels = series.group(2) == null ? Map.of() : SeriesLabels.of(series.group(2));
                all += isAll && total.matches(labels) ? value : 0;
                ofIt += isBad && bad.matches(labels) ? value : 0;
            }
        }
        Matcher started = STARTED.matcher(page);
        double at = started.find() ? number(started.group(1)) : 0;
        return new RouterCounters(
                at > 0 ? at : Double.NaN,
                Map.of(
                        instance,
                        new RouterCounters.Counts(
                                (long) Math.max(all, ofIt), (long) ofIt, Collections.emptyNavigableMap())));
    }

    /** 0 for what is no number. */
    private static double number(String text) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? value : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
