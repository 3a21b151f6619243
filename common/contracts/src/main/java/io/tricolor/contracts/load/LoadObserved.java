package io.tricolor.contracts.load;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service of a cluster had to do between two readings.
 *
 * @param since the reading before
 * @param at this reading
 * @param instances that were registered and healthy at this reading
 * @param requestsPerSecond by the routers that could be read both times; null: none could
 * @param requestsComplete whether these were all routers
 * @param cores processors that an instance used, on average of those that could be read both times; null: none could
 * @param coresComplete whether these were all instances
 * @param missing what could not be read, for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@EventType("monitor.load-observed")
public record LoadObserved(
        String groupId,
        String cluster,
        String service,
        Instant since,
        Instant at,
        int instances,
        @Nullable Double requestsPerSecond,
        boolean requestsComplete,
        @Nullable Double cores,
        boolean coresComplete,
        List<String> missing)
        implements LoadObservation {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public LoadObserved {
        missing = missing == null ? List.of() : List.copyOf(missing);
    }
}
