package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.tricolor.contracts.SecretNames;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that has to be fulfilled before an upgrade leaves a stage. A stage is left when all its gates pass. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Gate.Approval.class, name = "approval"),
    @JsonSubTypes.Type(value = Gate.Bake.class, name = "bake"),
    @JsonSubTypes.Type(value = Gate.Schedule.class, name = "schedule"),
    @JsonSubTypes.Type(value = Gate.Metric.class, name = "metric"),
    @JsonSubTypes.Type(value = Gate.Webhook.class, name = "webhook")
})
public sealed interface Gate {

    /** Unique in the stage. */
    String name();

    /**
     * People say yes, none of them the one who asked for the upgrade.
     *
     * @param approvals how many different people, at least 1
     */
    record Approval(String name, int approvals) implements Gate {}

    /**
     * Time passes.
     *
     * @param time how long the stage lasts at least after every router has applied it, from 0
     */
    record Bake(String name, Duration time) implements Gate {}

    /**
     * The clock says yes.
     *
     * @param notBefore null: at any date
     * @param within weekly times of which one has to be; empty: at any time
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Schedule(
            String name,
            @Nullable Instant notBefore,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<WeeklyTime> within)
            implements Gate {

        @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
        public Schedule {
            within = within == null ? List.of() : List.copyOf(within);
        }
    }

    /**
     * The new cluster does not do worse than the one that serves, by what the routers count of both.
     *
     * @param measure null: {@link Measure#ERRORS}
     * @param toleratedRatio so many times the baseline's share of bad requests is still good, from 1 to 10; 0: {@value
     *     #STANDARD_RATIO}
     * @param alpha share of good releases that may be taken for bad ones, above 0 and at most 0.2; 0: {@value
     *     #STANDARD_ALPHA}
     * @param minimumRequests of the new cluster before it can pass, at least 1; 0: {@value #STANDARD_REQUESTS}
     * @param slowerThan for {@link Measure#LATENCY}: what takes longer is bad; null: the time that all but a
     *     twentieth of the baseline's requests took before the stage
     * @param watch whether it goes on being judged after its stage
     * @param watchAfter how long it goes on being judged after the switch, above 0; the old cluster runs on as long.
     *     Null:
     *     it is not
     * @param limit so large a share of bad requests is still good, above 0 and below 1: the canary is judged by it, and
     *     not by the baseline; null: there is none
     * @param warmUp so long what is counted is not looked at; null: {@link #STANDARD_WARM_UP} for {@link
     *     Measure#LATENCY}, none for {@link Measure#ERRORS}
     * @param source null: the routers
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Metric(
            String name,
            Measure measure,
            double toleratedRatio,
            double alpha,
            long minimumRequests,
            @Nullable Duration slowerThan,
            boolean watch,
            @Nullable Duration watchAfter,
            @Nullable Double limit,
            @Nullable Duration warmUp,
            @Nullable Source source)
            implements Gate {

        /** The time of warming up for latency where none is named. */
        public static final Duration STANDARD_WARM_UP = Duration.ofSeconds(30);

        /** The ratio where none is named. */
        public static final double STANDARD_RATIO = 1.25;

        /** The share of false alarms where none is named. */
        public static final double STANDARD_ALPHA = 0.01;

        /** The requests where no number is named. */
        public static final long STANDARD_REQUESTS = 100;

        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        public Metric {
            measure = measure == null ? Measure.ERRORS : measure;
            toleratedRatio = toleratedRatio == 0 ? STANDARD_RATIO : toleratedRatio;
            alpha = alpha == 0 ? STANDARD_ALPHA : alpha;
            minimumRequests = minimumRequests == 0 ? STANDARD_REQUESTS : minimumRequests;
        }

        /** One by the routers' counters that ends with the upgrade. */
        public Metric(
                String name,
                Measure measure,
                double toleratedRatio,
                double alpha,
                long minimumRequests,
                @Nullable Duration slowerThan,
                boolean watch) {
            this(name, measure, toleratedRatio, alpha, minimumRequests, slowerThan, watch, null, null, null, null);
        }

        /** The standard gate on errors. */
        public Metric(String name) {
            this(name, Measure.ERRORS, 0, 0, 0, null, false);
        }

        /** How long what is counted is not looked at. */
        @JsonIgnore
        public Duration notLookedAt() {
            Duration standard = measure == Measure.LATENCY ? STANDARD_WARM_UP : Duration.ZERO;
            return warmUp == null ? standard : warmUp;
        }
    }

    /**
     * Another program says yes. It is asked by a POST, once every router has applied the stage, and again while it has
     * not said PASS or FAIL.
     *
     * @param url http or https; it is part of the history, so no secret belongs into it
     * @param watch whether it is asked in later stages too
     * @param watchAfter how long it is asked after the switch, above 0; the old cluster runs on as long. Null: it is
     *     not
     */
    record Webhook(
            String name,
            String url,

            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean watch,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Duration watchAfter)
            implements Gate {

        /** One that is asked in its stage alone. */
        public Webhook(String name, String url) {
            this(name, url, false, null);
        }

        /** Longest address, in characters. */
        public static final int MAX_URL = 2_048;

        /** Why the address cannot be used, to stand behind its name; null: it can. */
        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        public @Nullable String fault() {
            if (url == null || url.length() > MAX_URL) {
                return "has at most " + MAX_URL + " characters";
            }
            URI address;
            try {
                address = new URI(url);
            } catch (URISyntaxException e) {
                return "is no address: " + e.getReason();
            }
            String scheme = String.valueOf(address.getScheme());
            if (!(scheme.equals("http") || scheme.equals("https"))
                    || address.getHost() == null
                    || address.getUserInfo() != null
                    || address.getFragment() != null) {
                return "is an http or https address with a host, without user and fragment";
            }
            String query = address.getQuery() == null ? "" : address.getQuery();
            for (String parameter : query.split("&", -1)) {
                int equals = parameter.indexOf('=');
                if (equals >= 0
                        && SecretNames.holdsSecret(parameter.substring(0, equals), parameter.substring(equals + 1))) {
                    return "has what looks like a secret, and a plan is kept for ever; requests are signed";
                }
            }
            return null;
        }
    }

    /**
     * Where the numbers of a metric gate come from instead of from the routers: two counters that only rise, of a
     * cluster.
     *
     * @param from who has them
     * @param total counter of all that happened
     * @param bad counter of what of it was bad
     */
    record Source(From from, String total, String bad) {

        /** Longest counter, in characters. */
        public static final int MAX_COUNTER = 1_024;

        /** Who has the counters. */
        public enum From {
            /** Prometheus: PromQL in which {@code $group} and {@code $cluster} are replaced, summed up. */
            PROMETHEUS,
            /** Each instance of the cluster, on the page that it is registered with: a {@link SeriesSelector}. */
            INSTANCES
        }

        /** Why it cannot be used, to stand behind its name; null: it can. */
        @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
        public @Nullable String fault() {
            if (from == null) {
                return "has from: PROMETHEUS or INSTANCES";
            }
            for (String counter : List.of(String.valueOf(total), String.valueOf(bad))) {
                if (counter.isBlank() || counter.equals("null") || counter.length() > MAX_COUNTER) {
                    return "has total and bad, of at most " + MAX_COUNTER + " characters each";
                }
                if (from == From.INSTANCES && SeriesSelector.of(counter).isEmpty()) {
                    return "has counters like name{label=\"value\",label=\"begins with*\"}, not " + counter;
                }
            }
            return null;
        }
    }

    /** Which requests are the bad ones. */
    enum Measure {
        /** Answered 5xx by the cluster, or not answered at all. */
        ERRORS,
        /** Answered later than a threshold. */
        LATENCY
    }
}
