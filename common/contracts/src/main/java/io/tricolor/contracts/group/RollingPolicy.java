package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many instances a ROLLING upgrade exchanges at a time. Either {@code maxSurge} and {@code maxUnavailable}, the
 * words of Kubernetes, or {@code minimumHealthCapacity} and {@code maximumOverCapacity}, those of Marathon.
 *
 * @param maxSurge how many more than the wanted instances of a service may run: a number, or a share of them like
 *     {@code 25%}, which is rounded up
 * @param maxUnavailable how many fewer may serve: a number, or a share, which is rounded down
 * @param minimumHealthCapacity share from 0 to 1 that serves at the least, rounded up
 * @param maximumOverCapacity share from 0 to 1 that runs beyond the wanted instances, rounded down
 * @param minReady how long a batch has to have been there before it counts: it is healthy at the beginning and at the
 *     end of that time
 * @param pauseBetween how long each batch serves after that before instances of the old cluster give way to it
 * @param gates what has to be fulfilled after each batch as well, before instances of the old cluster give way
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RollingPolicy(
        @Nullable String maxSurge,
        @Nullable String maxUnavailable,
        @Nullable BigDecimal minimumHealthCapacity,
        @Nullable BigDecimal maximumOverCapacity,
        Duration minReady,
        Duration pauseBetween,
        List<Gate> gates) {

    private static final String QUARTER = "25%";

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public RollingPolicy {
        minReady = minReady == null ? Duration.ZERO : minReady;
        pauseBetween = pauseBetween == null ? Duration.ZERO : pauseBetween;
        gates = gates == null ? List.of() : List.copyOf(gates);
    }

    /** A quarter more and a quarter fewer, as in Kubernetes; no waits. */
    public static RollingPolicy standard() {
        return of(QUARTER, QUARTER);
    }

    /** In the words of Kubernetes, without waits. */
    public static RollingPolicy of(String maxSurge, String maxUnavailable) {
        return new RollingPolicy(maxSurge, maxUnavailable, null, null, Duration.ZERO, Duration.ZERO, List.of());
    }
}
