package io.tricolor.standalone.demo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a demo found.
 *
 * @param failed requests that were not answered 200
 * @param misrouted requests that a cluster answered which the rule in force did not allow, or with the wrong release
 * @param events in the group's stream at the end
 * @param rebuiltEqualsLive whether the state built from the stream alone equals the live one
 * @param held what else was to hold of this flow, in words, and whether it did
 */
public record DemoSummary(
        String flow,
        String group,
        int requests,
        int failed,
        int misrouted,
        long events,
        boolean rebuiltEqualsLive,
        Map<String, Boolean> held,
        double installSeconds,
        double upgradeSeconds,
        double rollbackSeconds,
        double p50Millis,
        double p99Millis,
        List<String> examples) {

    /** Copies what it is given. */
    public DemoSummary {
        held = Collections.unmodifiableMap(new LinkedHashMap<>(held));
        examples = List.copyOf(examples);
    }

    /** Whether everything was as it has to be. */
    public boolean isPassed() {
        return requests > 0 && failed == 0 && misrouted == 0 && rebuiltEqualsLive && !held.containsValue(false);
    }
}
