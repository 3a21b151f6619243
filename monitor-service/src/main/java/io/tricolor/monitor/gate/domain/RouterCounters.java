package io.tricolor.monitor.gate.domain;

import io.tricolor.monitor.drain.domain.SeriesLabels;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one router has counted since its start, as its page in the text format of Prometheus says. The names differ
 * from one kind of router to the other in their second word only.
 *
 * @param started seconds of the epoch at which it began to count; NaN: the page does not say
 * @param countsCohorts whether it counts the cohorts of stages by percent by themselves
 * @param clusters what was counted of each
 */
public record RouterCounters(double started, boolean countsCohorts, Map<Cluster, Counts> clusters) {

    /** The users that the cluster takes by its percent. */
    public static final String CANARY = "canary";

    /** As many who stayed where they were. */
    public static final String CONTROL = "control";

    private static final Pattern COHORTS = Pattern.compile("(?m)^# TYPE tricolor_[a-z]+_cohort_requests_total counter");

    private static final Pattern STARTED =
            Pattern.compile("(?m)^(?:process|tricolor_[a-z]+)_start_time_seconds\\s+(\\S+)");
    private static final Pattern SERIES = Pattern.compile("(?m)^tricolor_[a-z]+?(?:_cohort)?_"
            + "(requests_total|request_duration_seconds_bucket)\\{([^}\\n]*)\\}\\s+(\\S+)");

    /**
     * A service in a cluster of a group.
     *
     * @param cohort empty: all requests
     */
    public record Cluster(String group, String service, String cluster, String cohort) {

        /** All requests to it. */
        public Cluster(String group, String service, String cluster) {
            this(group, service, cluster, "");
        }
    }

    /**
     * Requests that were sent to a cluster.
     *
     * @param answered all but those that the client gave up
     * @param errors answered 5xx, by the cluster or by the router for it
     * @param within how many were answered within so many seconds, by the bounds of the histogram; the last one is
     *     infinite
     */
    public record Counts(long answered, long errors, NavigableMap<Double, Long> within) {

        static final Counts NONE = new Counts(0, 0, Collections.emptyNavigableMap());

        /** Both together. */
        public Counts plus(Counts other) {
            NavigableMap<Double, Long> together = new TreeMap<>(within);
            other.within().forEach((bound, count) -> together.merge(bound, count, Long::sum));
            return new Counts(answered + other.answered, errors + other.errors, together);
        }

        /** Requests that took longer than a bound of the histogram. */
        long slowerThan(double bound) {
            return Math.max(0, timed() - within.getOrDefault(bound, timed()));
        }

        /** Requests in the histogram. */
        long timed() {
            return within.isEmpty() ? 0 : within.lastEntry().getValue();
        }
    }

    /** One that knows no cohorts. */
    public RouterCounters(double started, Map<Cluster, Counts> clusters) {
        this(started, false, clusters);
    }

    /** Copies the map. */
    public RouterCounters {
        clusters = Map.copyOf(clusters);
    }

    /** Reads what a page says of some groups; lines that it cannot read are passed over. */
    public static RouterCounters read(String page, Set<String> groups) {
        return read(page, groups::contains);
    }

    /** The same of all groups. */
    public static RouterCounters read(String page) {
        return read(page, group -> true);
    }

    private static RouterCounters read(String page, Predicate<String> groups) {
        Map<Cluster, Counts> clusters = new HashMap<>();
        Matcher series = SERIES.matcher(page);
        while (series.find()) {
            Map<String, String> labels = SeriesLabels.of(series.group(2));
            Double value = number(series.group(3));
            String group = labels.get("group");
            if (value == null || group == null || !groups.test(group)) {
                continue;
            }
            Cluster cluster = new Cluster(
                    group,
                    labels.getOrDefault("service", ""),
                    labels.getOrDefault("cluster", ""),
                    labels.getOrDefault("cohort", ""));
            Counts counts = series.group(1).equals("requests_total")
                    ? requests(labels.getOrDefault("status", ""), value.longValue())
                    : bucket(labels.get("le"), value.longValue());
            clusters.merge(cluster, counts, Counts::plus);
        }
        Matcher started = STARTED.matcher(page);
        Double at = started.find() ? number(started.group(1)) : null;
        return new RouterCounters(
                at == null ? Double.NaN : at, COHORTS.matcher(page).find(), clusters);
    }

    private static Counts requests(String status, long count) {
        boolean answered = !status.isEmpty() && Character.isDigit(status.charAt(0));
        return answered
                ? new Counts(count, status.charAt(0) == '5' ? count : 0, Collections.emptyNavigableMap())
                : Counts.NONE;
    }

    private static Counts bucket(@Nullable String bound, long count) {
        Double limit = bound == null ? null : number(bound.replace("+Inf", "Infinity"));
        return limit == null ? Counts.NONE : new Counts(0, 0, new TreeMap<>(Map.of(limit, count)));
    }

    private static @Nullable Double number(String text) {
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** What was counted of some services of a cluster, together. */
    Counts of(String group, Set<String> services, String cluster) {
        return of(group, services, cluster, "");
    }

    /** What was counted of a cohort there. */
    Counts of(String group, Set<String> services, String cluster, String cohort) {
        Counts together = Counts.NONE;
        for (String service : services) {
            together = together.plus(clusters.getOrDefault(new Cluster(group, service, cluster, cohort), Counts.NONE));
        }
        return together;
    }
}
