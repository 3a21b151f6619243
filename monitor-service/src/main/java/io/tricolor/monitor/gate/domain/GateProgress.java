package io.tricolor.monitor.gate.domain;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Gate.Measure;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a judgement is: kept after each look, so that it goes on after a restart.
 *
 * @param since when it began
 * @param test the sequential test
 * @param routers what each router had counted when it was last read, by its id
 * @param slowerThan for latency: the bound of the histogram, in seconds, above which a request is slow; null: none yet
 * @param beforehand for latency: whether that bound is from before the judgement
 * @param restarts how often a router was found to count anew: what it had counted since it was last read is lost
 * @param lastRestart which router that was, and when; empty: none
 * @param compared what the canary is compared with; null: not chosen yet, for nobody was read
 * @param before for {@link Comparison#BEFORE}: what was counted of the baseline until the judgement began
 */
public record GateProgress(
        Instant since,
        SequentialTest.State test,
        SortedMap<String, Seen> routers,
        @Nullable Double slowerThan,
        boolean beforehand,
        int restarts,
        String lastRestart,
        @Nullable Comparison compared,
        @Nullable Look before) {

    /** The baseline's requests that a threshold of latency is taken from at the least, and a share of before. */
    public static final int THRESHOLD_REQUESTS = 100;

    /** Most of all ids that have a control of the same size, in hundredths of a percent. */
    public static final int HALF = 5_000;

    private static final double USUAL = 0.95;
    private static final double NANOS = 1e9;

    /**
     * A reading of one router.
     *
     * @param started when it had begun to count, seconds of the epoch; null: it does not say
     * @param counted since then
     */
    public record Seen(@Nullable Double started, Look counted) {}

    /** Copies the map. */
    public GateProgress {
        routers = Collections.unmodifiableSortedMap(new TreeMap<>(routers));
    }

    /** A judgement that begins. */
    public static GateProgress begun(JudgeGate command, Instant at) {
        return new GateProgress(
                at, new SequentialTest(limits(command, null)).state(), new TreeMap<>(), null, false, 0, "", null, null);
    }

    /** What it judges by. */
    public Limits limits(JudgeGate command) {
        return limits(command, compared);
    }

    private static Limits limits(JudgeGate command, @Nullable Comparison compared) {
        Gate.Metric gate = command.gate();
        if (compared == null) {
            return new Limits(gate.toleratedRatio(), gate.alpha(), gate.minimumRequests());
        }
        return switch (compared) {
            case COHORTS, CLUSTERS -> new Limits(gate.toleratedRatio(), gate.alpha(), gate.minimumRequests());
            case LIMIT -> new Limits(1, gate.alpha(), gate.minimumRequests());
            // The other half of alpha is for the share before, which is not known exactly.
            case BEFORE -> new Limits(gate.toleratedRatio(), gate.alpha() / 2, gate.minimumRequests());
        };
    }

    /** The share of bad requests that the canary is compared with; 0: it is compared with the baseline. */
    public double share(JudgeGate command) {
        Double limit = command.gate().limit();
        Look counted = before;
        if (compared == Comparison.LIMIT && limit != null) {
            return limit;
        }
        return compared == Comparison.BEFORE && counted != null
                ? atMost(counted, command.gate().alpha() / 2)
                : 0;
    }

    /**
     * What the share was at most, but for a probability: the upper bound of a Poisson mean, by Wilson and Hilferty's
     * approximation of the chi-square quantile, which errs by less than 2 % from one bad request on.
     */
    private static double atMost(Look counted, double probability) {
        double bad = counted.baselineBad() + 1.0;
        double normal = normalQuantile(1 - probability);
        double mean = counted.baselineBad() == 0
                ? -Math.log(probability)
                : bad * Math.pow(1 - 1 / (9 * bad) + normal / (3 * Math.sqrt(bad)), 3);
        return Math.min(0.5, mean / counted.baseline());
    }

    /** Abramowitz and Stegun 26.2.23, for probabilities above a half; off by less than 0.00045. */
    private static double normalQuantile(double probability) {
        double t = Math.sqrt(-2 * Math.log(1 - probability));
        return t
                - (2.515517 + 0.802853 * t + 0.010328 * t * t)
                        / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
    }

    /** Whether there is nothing to compare with: too little was counted before. */
    public boolean lacksBefore() {
        Look counted = before;
        return compared == Comparison.BEFORE && (counted == null || counted.baseline() < THRESHOLD_REQUESTS);
    }

    /**
     * The test as it stands.
     *
     * @throws IllegalArgumentException when it was kept by another version of the test, or for another gate
     */
    public SequentialTest test(JudgeGate command) {
        return new SequentialTest(limits(command), share(command), test);
    }

    /**
     * One look further. A router that is read for the first time only shows where its counters stand. One that began to
     * count anew since it was read last counts from 0: all that it shows has happened since, and what it did not show
     * any more is lost, which is kept in mind. A router that is not there this time is waited for; its
     * counters tell all of the time in between when it is back. While the canary warms up the counters are read, and
     * nothing is looked at.
     *
     * @param pages of the routers that could be read, by their ids
     */
    public GateProgress next(JudgeGate command, Map<String, RouterCounters> pages, Instant at) {
        if (compared == null && !pages.isEmpty()) {
            return choose(command, pages).next(command, pages, at);
        }
        Double bound = slowerThan;
        boolean early = beforehand;
        if (command.gate().measure() == Measure.LATENCY && bound == null) {
            bound = threshold(command, pages.values());
            early = routers.isEmpty();
            if (bound == null) {
                // Nothing is counted yet; that the routers were read once shows that it is not beforehand any more.
                return with(seen(pages), null, early, restarts, lastRestart, test);
            }
            if (!early) {
                return with(counted(command, pages, bound), bound, false, restarts, lastRestart, test);
            }
        }
        SortedMap<String, Seen> now = new TreeMap<>(routers);
        if (at.isBefore(since.plus(command.gate().notLookedAt()))) {
            now.putAll(counted(command, pages, bound));
            return with(now, bound, early, restarts, lastRestart, test);
        }
        Look look = Look.NOTHING;
        int begunAnew = restarts;
        String last = lastRestart;
        for (Map.Entry<String, Seen> router : counted(command, pages, bound).entrySet()) {
            Seen old = now.put(router.getKey(), router.getValue());
            if (old != null) {
                boolean anew = isAnew(old, router.getValue());
                look = look.plus(anew ? router.getValue().counted() : since(old, router.getValue()));
                if (anew) {
                    begunAnew++;
                    last = router.getKey() + " at " + at;
                }
            }
        }
        SequentialTest further = test(command);
        if (!lacksBefore()) {
            further.add(look);
        }
        return with(now, bound, early, begunAnew, last, further.state());
    }

    /** The look that leads from one to the other; nothing for the first one. */
    public static Look between(@Nullable GateProgress earlier, GateProgress later) {
        Look a = earlier == null ? Look.NOTHING : earlier.test().total();
        Look b = later.test().total();
        boolean isBegunAnew = b.canary() < a.canary() || b.baseline() < a.baseline();
        return isBegunAnew
                ? b
                : new Look(
                        b.canary() - a.canary(),
                        b.canaryBad() - a.canaryBad(),
                        b.baseline() - a.baseline(),
                        b.baselineBad() - a.baselineBad());
    }

    private GateProgress choose(JudgeGate command, Map<String, RouterCounters> pages) {
        Integer drawn = command.basisPoints();
        Comparison chosen;
        Look counted = null;
        if (command.gate().limit() != null) {
            chosen = Comparison.LIMIT;
        } else if (command.switched()) {
            chosen = Comparison.BEFORE;
            counted = Look.NOTHING;
            boolean isTimed = command.gate().measure() == Measure.LATENCY;
            Double bound = isTimed ? threshold(command, pages.values()) : null;
            for (RouterCounters page : pages.values()) {
                if (!isTimed || bound != null) {
                    Look all = look(command, page, bound, chosen);
                    counted = counted.plus(new Look(0, 0, all.baseline(), all.baselineBad()));
                }
            }
        } else {
            boolean areCounted = drawn != null
                    && drawn > 0
                    && drawn <= HALF
                    && command.gate().source() == null
                    && pages.values().stream().allMatch(RouterCounters::countsCohorts);
            chosen = areCounted ? Comparison.COHORTS : Comparison.CLUSTERS;
        }
        return new GateProgress(since, test, routers, slowerThan, beforehand, restarts, lastRestart, chosen, counted);
    }

    private GateProgress with(
            SortedMap<String, Seen> seen,
            @Nullable Double bound,
            boolean early,
            int begunAnew,
            String last,
            SequentialTest.State further) {
        return new GateProgress(since, further, seen, bound, early, begunAnew, last, compared, before);
    }

    private static SortedMap<String, Seen> seen(Map<String, RouterCounters> pages) {
        SortedMap<String, Seen> seen = new TreeMap<>();
        pages.forEach((router, page) -> seen.put(router, new Seen(started(page), Look.NOTHING)));
        return seen;
    }

    private SortedMap<String, Seen> counted(
            JudgeGate command, Map<String, RouterCounters> pages, @Nullable Double bound) {
        SortedMap<String, Seen> seen = new TreeMap<>();
        pages.forEach(
                (router, page) -> seen.put(router, new Seen(started(page), look(command, page, bound, compared))));
        return seen;
    }

    private static @Nullable Double started(RouterCounters page) {
        return Double.isNaN(page.started()) ? null : page.started();
    }

    private static Look look(
            JudgeGate command, RouterCounters page, @Nullable Double bound, @Nullable Comparison compared) {
        boolean drawn = compared == Comparison.COHORTS;
        RouterCounters.Counts canary =
                page.of(command.groupId(), command.services(), command.canary(), drawn ? RouterCounters.CANARY : "");
        RouterCounters.Counts baseline =
                page.of(command.groupId(), command.services(), command.baseline(), drawn ? RouterCounters.CONTROL : "");
        return bound == null
                ? new Look(canary.answered(), canary.errors(), baseline.answered(), baseline.errors())
                : new Look(canary.timed(), canary.slowerThan(bound), baseline.timed(), baseline.slowerThan(bound));
    }

    /** A later start, or a counter that went back. */
    private static boolean isAnew(Seen before, Seen now) {
        Look a = before.counted();
        Look b = now.counted();
        boolean back = b.canary() < a.canary()
                || b.canaryBad() < a.canaryBad()
                || b.baseline() < a.baseline()
                || b.baselineBad() < a.baselineBad();
        Double was = before.started();
        Double is = now.started();
        return back || (was != null && is != null && Math.abs(is - was) > 0.5);
    }

    /** A bad request is counted in one and in the other counter, not in the same moment. */
    private static Look since(Seen before, Seen now) {
        Look a = before.counted();
        Look b = now.counted();
        long canaryBad = b.canaryBad() - a.canaryBad();
        long baselineBad = b.baselineBad() - a.baselineBad();
        return new Look(
                Math.max(canaryBad, b.canary() - a.canary()),
                canaryBad,
                Math.max(baselineBad, b.baseline() - a.baseline()),
                baselineBad);
    }

    /** The bound of the histogram at or above what the gate names, or what all but a twentieth took; null: unknown. */
    private static @Nullable Double threshold(JudgeGate command, Collection<RouterCounters> pages) {
        RouterCounters.Counts baseline = RouterCounters.Counts.NONE;
        for (RouterCounters page : pages) {
            baseline = baseline.plus(page.of(command.groupId(), command.services(), command.baseline()));
        }
        NavigableMap<Double, Long> within = baseline.within();
        if (within.size() < 2) {
            return null;
        }
        // Beyond the last bound it is not known how long a request took.
        double longest = within.lowerKey(within.lastKey());
        Duration named = command.gate().slowerThan();
        if (named != null) {
            Double bound = within.ceilingKey(named.toNanos() / NANOS);
            return bound == null || bound > longest ? Double.valueOf(longest) : bound;
        }
        if (baseline.timed() < THRESHOLD_REQUESTS) {
            return null;
        }
        long usual = (long) Math.ceil(USUAL * baseline.timed());
        for (Map.Entry<Double, Long> bound : within.entrySet()) {
            if (bound.getValue() >= usual) {
                return Math.min(bound.getKey(), longest);
            }
        }
        return longest;
    }
}
