package io.tricolor.monitor.drain.watch;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.monitor.drain.domain.DrainCheck.Counted;
import io.tricolor.monitor.drain.domain.SeriesLabels;
import io.tricolor.monitor.registry.Outgoing;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads in-flight counts from routers' {@code /metrics}: any metric {@code tricolor_…_requests_in_flight} with labels
 * group and cluster.
 */
final class RouterPages {

    private static final Pattern SERIES =
            Pattern.compile("(?m)^tricolor_[a-z_]+_requests_in_flight\\{([^}]*)\\}\\s+(\\S+)");

    private final Outgoing outgoing;

    RouterPages(Outgoing outgoing) {
        this.outgoing = outgoing;
    }

    Counted inFlight(String address, String group, String cluster) throws InterruptedException {
        try {
            HttpAnswer answer = outgoing.getMetricsOfRouter(address);
            return answer.isOk()
                    ? read(answer.text(), group, cluster)
                    : new Counted(null, "answered " + answer.status());
        } catch (IOException e) {
            return new Counted(null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * A page that has the metric of the group, but not of the cluster, says zero; one that has neither says nothing.
     */
    static Counted read(String page, String group, String cluster) {
        Integer total = null;
        Matcher series = SERIES.matcher(page);
        while (series.find()) {
            Map<String, String> labels = SeriesLabels.of(series.group(1));
            if (labels.getOrDefault("group", "").equals(group)) {
                int value = labels.getOrDefault("cluster", "").equals(cluster) ? number(series.group(2)) : 0;
                total = (total == null ? 0 : total) + value;
            }
        }
        return new Counted(total, null);
    }

    /** A value that is no number counts as something: it must not look like zero. */
    private static int number(String text) {
        try {
            return (int) Math.ceil(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return 1;
        }
    }
}
