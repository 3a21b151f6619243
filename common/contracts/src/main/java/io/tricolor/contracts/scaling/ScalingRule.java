package io.tricolor.contracts.scaling;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many instances a service has in each cluster that takes requests. With both targets the one that asks for more
 * counts, with neither only bounds and schedule.
 *
 * @param min fewest instances, from 1
 * @param max most instances
 * @param requestsPerInstance so many requests a second are right for one instance; null: requests do not count
 * @param cpuPercent so much of the {@code cpus} of the manifest is right for one instance; null: processors do not
 *     count
 * @param tolerance share by which a target may be missed without anything being done
 * @param cooldownUp shortest time from a change to one that adds instances
 * @param cooldownDown shortest time from a change to one that takes instances away, and so long fewer must have been
 *     enough
 * @param stepUp most instances that one decision adds
 * @param stepDown most instances that one decision takes away
 * @param drainTimeout how long requests to instances that leave are waited for
 * @param schedule other bounds at some times; the first one whose time it is counts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScalingRule(
        int min,
        int max,
        @Nullable Double requestsPerInstance,
        @Nullable Integer cpuPercent,
        double tolerance,
        Duration cooldownUp,
        Duration cooldownDown,
        int stepUp,
        int stepDown,
        Duration drainTimeout,
        List<ScalingBounds> schedule) {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public ScalingRule {
        schedule = schedule == null ? List.of() : List.copyOf(schedule);
    }
}
