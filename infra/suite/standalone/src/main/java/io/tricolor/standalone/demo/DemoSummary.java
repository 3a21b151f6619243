package io.tricolor.standalone.demo;

import java.util.List;

/**
 * What a demo found.
 *
 * @param failed requests that were not answered 200
 * @param misrouted requests that a cluster answered which the rule in force did not allow, or with the wrong release
 * @param events in the group's stream at the end
 * @param rebuiltEqualsLive whether the state built from the stream alone equals the live one
 * @param exactGrayscale whether during the grayscale stage exactly the users of the whitelist reached the new cluster
 */
public record DemoSummary(
        String group,
        int requests,
        int failed,
        int misrouted,
        long events,
        boolean rebuiltEqualsLive,
        boolean exactGrayscale,
        double installSeconds,
        double upgradeSeconds,
        double rollbackSeconds,
        double p50Millis,
        double p99Millis,
        List<String> examples) {

    /** Copies the list. */
    public DemoSummary {
        examples = List.copyOf(examples);
    }

    /** Whether everything was as it has to be. */
    public boolean isPassed() {
        return requests > 0 && failed == 0 && misrouted == 0 && rebuiltEqualsLive && exactGrayscale;
    }
}
