package io.tricolor.monitor.gate.domain;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.OptionalDouble;

/**
 * What comes to a cluster on the average, by all that the routers have counted of it since their start.
 *
 * @param perSecond requests
 * @param counted requests since the routers' start
 * @param bad those of them that were bad
 */
public record Traffic(double perSecond, long counted, long bad) {

    /** A router that does not say when it began to count, or began just now, says nothing. */
    public static Traffic of(String group, String cluster, Collection<RouterCounters> pages, Instant now) {
        double perSecond = 0;
        long counted = 0;
        long bad = 0;
        for (RouterCounters page : pages) {
            double seconds = now.toEpochMilli() / 1e3 - page.started();
            if (!(seconds >= 1)) {
                continue;
            }
            for (var each : page.clusters().entrySet()) {
                RouterCounters.Cluster of = each.getKey();
                if (of.group().equals(group)
                        && of.cluster().equals(cluster)
                        && of.cohort().isEmpty()) {
                    perSecond += each.getValue().answered() / seconds;
                    counted += each.getValue().answered();
                    bad += each.getValue().errors();
                }
            }
        }
        return new Traffic(perSecond, counted, bad);
    }

    /** The share of bad requests; where there were none, half a request. */
    public double share() {
        return counted == 0 ? 0 : Math.max(0.5, (double) bad) / counted;
    }

    /** Requests of a share of the users in some time. */
    public double within(double percent, Duration time) {
        return perSecond * percent / 100 * time.toMillis() / 1e3;
    }

    /**
     * The smallest ratio that a gate would find in nine of ten cases in a stage of so many percent, if the traffic
     * stays
     * as it is: against a control of the same size, or against all others where more than half are in the stage.
     *
     * @param limit a share of bad requests that it is compared with; 0: there is none
     * @return empty: there is nothing to go by, or it would find nothing
     */
    public OptionalDouble detectable(Limits limits, double limit, double percent, Duration time) {
        double canary = within(percent, time);
        return limit > 0
                ? SequentialTest.detectable(limits, canary, limit)
                : SequentialTest.detectable(limits, canary, within(Math.min(percent, 100 - percent), time), share());
    }
}
