package io.tricolor.monitor.registry;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the monitor observes.
 *
 * @param interval between two rounds of observations
 * @param timeout of one call
 * @param equalObservations so many equal observations in a row make a change
 * @param staleAfter what is older than this says nothing any more
 * @param forgetAfter a subject that has not been registered for so long is forgotten
 * @param mostSubjects more are not observed, but counted
 * @param lease so long after an instance of this service was killed another one observes in its place
 * @param allowedHosts the only hosts that are called because somebody registered or reported them; literal names and
 *     addresses
 * @param keepLooks so long after a judgement its looks are kept, to be judged again
 * @param prometheusUrl base address of the Prometheus that gates may ask; null: none
 * @param routerTokenFile holds the bearer token that is shown to routers whose port of operations is closed; null: none
 */
@ConfigurationProperties("tricolor.monitor")
public record MonitorProperties(
        @DefaultValue("1s") Duration interval,
        @DefaultValue("2s") Duration timeout,
        @DefaultValue("2") int equalObservations,
        @DefaultValue("5s") Duration staleAfter,
        @DefaultValue("1h") Duration forgetAfter,
        @DefaultValue("10000") int mostSubjects,
        @DefaultValue("6s") Duration lease,
        @DefaultValue({"127.0.0.1", "localhost", "[::1]"}) Set<String> allowedHosts,
        @DefaultValue("30d") Duration keepLooks,
        @Nullable URI prometheusUrl,
        @Nullable Path routerTokenFile) {

    private static final int MOST_OBSERVATIONS = 100;

    /** Throws {@link IllegalArgumentException} for a value out of range, naming its key. */
    public MonitorProperties {
        requirePositive("interval", interval);
        requirePositive("timeout", timeout);
        requirePositive("stale-after", staleAfter);
        requirePositive("forget-after", forgetAfter);
        requirePositive("keep-looks", keepLooks);
        if (prometheusUrl != null && (prometheusUrl.getHost() == null || !isHttp(prometheusUrl.getScheme()))) {
            throw new IllegalArgumentException(
                    "tricolor.monitor.prometheus-url must be an http or https address, not " + prometheusUrl);
        }
        if (mostSubjects < 1) {
            throw new IllegalArgumentException("tricolor.monitor.most-subjects must be above 0, not " + mostSubjects);
        }
        if (lease.compareTo(Duration.ofSeconds(2)) < 0) {
            throw new IllegalArgumentException("tricolor.monitor.lease must be at least 2s, not " + lease);
        }
        if (equalObservations < 1 || equalObservations > MOST_OBSERVATIONS) {
            throw new IllegalArgumentException("tricolor.monitor.equal-observations must be from 1 to "
                    + MOST_OBSERVATIONS + ", not " + equalObservations);
        }
        allowedHosts = Set.copyOf(allowedHosts);
    }

    private static boolean isHttp(@Nullable String scheme) {
        return "http".equals(scheme) || "https".equals(scheme);
    }

    private static void requirePositive(String key, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("tricolor.monitor." + key + " must be above 0, not " + value);
        }
    }
}
